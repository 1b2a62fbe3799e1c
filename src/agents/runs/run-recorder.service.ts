import { Injectable } from '@nestjs/common';
import type { TenantRef } from '../../access/tenant-scope.js';
import { Clock } from '../../platform/clock/clock.js';
import { type Tx, UnitOfWork } from '../../platform/database/unit-of-work.js';
import { newId } from '../../platform/ids/ids.js';
import { Logger } from '../../platform/logging/logger.js';
import type { AgentCallEntity } from './agent-call.entity.js';
import { type CallFacts, NO_FACTS, startsOf } from './agent-call.rules.js';
import { AgentCallsRepository } from './agent-calls.repository.js';
import type { AgentEntity } from '../agent.entity.js';

type NewCall = Omit<AgentCallEntity, 'number'>;

/** How a run ended. */
export interface RunEnd {
  outcome: 'completed' | 'failed' | 'cancelled';
  facts?: CallFacts;
  /** Why it did not go well. */
  error?: unknown;
}

/** A run that is under way. */
export interface OpenRun {
  /** Records it, once: whatever comes later changes nothing. */
  end(end: RunEnd): Promise<void>;
  /** Forgets it: the node never took it. */
  drop(): void;
}

/** Keeps a record of every run through this process, and counts those under way. */
@Injectable()
export class RunRecorder {
  private readonly underWay = new Map<string, number>();

  constructor(
    private readonly calls: AgentCallsRepository,
    private readonly units: UnitOfWork,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  /** @param sessionId as it was asked for; the node's own default counts as none */
  begin(tenant: TenantRef, agent: AgentEntity, sessionId: string | undefined): OpenRun {
    const startedAt = this.clock.now();
    const startedMs = this.clock.monotonicMs();
    let open = true;
    this.count(agent.id, 1);
    return {
      end: async ({ outcome, facts = NO_FACTS, error }) => {
        if (!open) return;
        open = false;
        try {
          await this.keep({
            id: newId('call', startedAt),
            tenantId: tenant.id,
            agentId: agent.id,
            agentName: agent.name,
            origin: 'api',
            sessionId: sessionId === DEFAULT_SESSION ? null : (sessionId ?? null),
            startedAt: startedAt.toISOString(),
            durationMs: Math.round(this.clock.monotonicMs() - startedMs),
            outcome,
            error: error === undefined ? null : reasonOf(error),
            ...facts,
          });
        } finally {
          this.count(agent.id, -1);
        }
      },
      drop: () => {
        if (open) this.count(agent.id, -1);
        open = false;
      },
    };
  }

  /** How many runs of an agent are under way through this process. */
  active(agentId: string): number {
    return this.underWay.get(agentId) ?? 0;
  }

  /** The answer is worth more than its record: a storage that is away does not spoil it. */
  private async keep(call: NewCall): Promise<void> {
    try {
      await this.units.run(async (tx) => {
        const number = await this.calls.nextNumber(tx, call.agentId);
        if (number === undefined) return;
        const imported = await this.imported(tx, call);
        if (imported === undefined) await this.calls.add(tx, { ...call, number });
        else await this.calls.update(tx, imported.id, merged(call, imported));
      });
    } catch (error) {
      this.logger.error('Run could not be recorded', { agent: call.agentName, error });
    }
  }

  /** The node's trace of the run may have been read before the run was recorded. */
  private async imported(tx: Tx, call: NewCall): Promise<AgentCallEntity | undefined> {
    if (call.traceId !== null) {
      return (await this.calls.imported(tx, call.agentId, call.traceId)) ?? undefined;
    }
    const { from, to } = startsOf(call);
    const [first] = await this.calls.begunBetween(tx, { ...call, origin: 'node' }, from, to);
    return first;
  }

  private count(agentId: string, change: number): void {
    const next = this.active(agentId) + change;
    if (next === 0) this.underWay.delete(agentId);
    else this.underWay.set(agentId, next);
  }
}

/** The session of a run that names none (the node's API contract). */
const DEFAULT_SESSION = 'default';

/** What the run tells of itself over what its trace told; the trace alone knows its id. */
function merged(
  { id: _id, ...call }: NewCall,
  imported: AgentCallEntity,
): Partial<AgentCallEntity> {
  if (call.traceId !== null) return call;
  const { traceId, model, tokensIn, tokensOut, costMicros, tools } = imported;
  return { ...call, traceId, model, tokensIn, tokensOut, costMicros, tools };
}

function reasonOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).slice(0, 500);
}
