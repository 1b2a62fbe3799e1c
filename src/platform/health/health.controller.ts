import { Controller, Get } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { AppError } from '../errors/app-error.js';
import { describeEndpoint, PUBLIC } from '../http/endpoint.js';
import { HealthChecks } from './health-checks.js';

const aliveSchema = z
  .object({ status: z.literal('ok').meta({ id: 'AliveStatus' }) })
  .meta({ id: 'Alive' });

const readySchema = z
  .object({
    status: z.literal('ready').meta({ id: 'ReadyStatus' }),
    checks: z.record(z.string(), z.string()),
  })
  .meta({ id: 'Ready' });

const RETRY_MS = 2_000;

/** Whether the process lives, and whether it can serve; both without a credential. */
@ApiTags('Health')
@Controller()
export class HealthController {
  constructor(private readonly checks: HealthChecks) {}

  @Get('healthz')
  @describeEndpoint({
    id: 'alive',
    allow: PUBLIC,
    summary: 'Whether the process is alive',
    returns: aliveSchema,
    example: { status: 'ok' },
  })
  alive(): z.output<typeof aliveSchema> {
    return { status: 'ok' };
  }

  @Get('readyz')
  @describeEndpoint({
    id: 'ready',
    allow: PUBLIC,
    summary: 'Whether the process can serve',
    description: 'Answers 503 `not_ready` with the failing check otherwise.',
    returns: readySchema,
    example: { status: 'ready', checks: { database: 'ok', driver: 'ok' } },
  })
  async ready(): Promise<z.output<typeof readySchema>> {
    const checks = await this.checks.run();
    const failing = Object.keys(checks).filter((name) => checks[name] !== 'ok');
    if (failing.length === 0) return { status: 'ready', checks };
    throw new AppError('unavailable', 'not_ready', `Not ready: ${failing.join(', ')}.`, {
      retryAfterMs: RETRY_MS,
      extra: { checks },
    });
  }
}
