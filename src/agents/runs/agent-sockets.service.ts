import type { Server } from 'node:http';
import {
  type BeforeApplicationShutdown,
  Injectable,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { HttpConfig } from '../../config/http.config.js';
import { AppError } from '../../platform/errors/app-error.js';
import { callerAddress } from '../../platform/http/caller-address.js';
import { RefusalListener } from '../../platform/http/refusals.js';
import {
  type Conversation,
  takeUpgrades,
  type UpgradeRequest,
} from '../../platform/http/upgrades.js';
import { invalidRequest } from '../../platform/http/validation.js';
import { Metrics } from '../../platform/metrics/metrics.js';
import { AgentAccess, type Asking } from '../agent-access.service.js';
import { AgentConversation } from './agent-conversation.js';
import { AgentRunsService } from './agent-runs.service.js';
import { agentParams, agentQuery } from '../agents.schemas.js';
import { OpenStreams } from './open-streams.service.js';

const ROUTES = ['/api/v1/agents/:name/run/stream', '/api/v1/tenants/:id/agents/:name/run/stream'];

/** What the audit calls it; it has no place in the API document. */
const OPERATION = 'streamAgentRun';

/**
 * `WS /api/v1/agents/:name/run/stream`, also below a tenant: runs whose answers come in pieces.
 * Who asks is checked before the WebSocket is opened, and again for every message.
 */
@Injectable()
export class AgentSockets
  implements OnApplicationBootstrap, BeforeApplicationShutdown, OnApplicationShutdown
{
  private readonly open = new Set<AgentConversation>();
  private stopping = false;

  constructor(
    private readonly adapter: HttpAdapterHost,
    private readonly access: AgentAccess,
    private readonly runs: AgentRunsService,
    private readonly streams: OpenStreams,
    private readonly refusals: RefusalListener,
    private readonly metrics: Metrics,
    private readonly config: HttpConfig,
  ) {}

  onApplicationBootstrap(): void {
    const server = this.adapter.httpAdapter.getHttpServer() as Server;
    takeUpgrades(server, {
      admit: (request) => this.admit(request),
      addressOf: callerAddress(this.config.trustedProxies),
      refusals: this.refusals,
      ended: (...facts) => this.metrics.requests.upgradeEnded(...facts),
    });
  }

  /** The server waits for its connections: they say goodbye, and are cut when the grace is over. */
  beforeApplicationShutdown(): void {
    this.stopping = true;
    for (const conversation of this.open) conversation.goAway();
    const graceMs = this.config.shutdownGraceSeconds * 1000;
    setTimeout(() => {
      for (const conversation of this.open) conversation.cut();
    }, graceMs).unref();
  }

  /** What was cut is recorded before the database closes. */
  async onApplicationShutdown(): Promise<void> {
    await Promise.all([...this.open].map(({ over }) => over));
  }

  private async admit(request: UpgradeRequest): Promise<Conversation> {
    const asking = readAsking(request);
    const { requestId, closed } = request;
    if (this.stopping) throw stopping();
    this.streams.enter((await this.access.open(asking)).actor, closed);
    return (client) => {
      const conversation = new AgentConversation(client, requestId, async (input, signal) => {
        const { actor } = await this.access.openAgain(asking, requestId);
        return this.runs.stream(actor, asking.name, input, asking.hints, signal);
      });
      this.open.add(conversation);
      void conversation.over.finally(() => this.open.delete(conversation));
      if (this.stopping) conversation.goAway();
    };
  }
}

/** @throws AppError `route_not_found` for any other path, `invalid_request` for a bad query */
function readAsking(request: UpgradeRequest): Asking {
  const { segments, query, headers, url, host, address, facts } = request;
  facts.operation = OPERATION;
  const path = readPath(segments);
  if (path === undefined) {
    throw new AppError('not_found', 'route_not_found', 'There is no WebSocket at this path.');
  }
  facts.route = path.route;
  const parsed = agentQuery.safeParse(query);
  if (!agentParams.safeParse({ name: path.name }).success) throw badName();
  if (!parsed.success) {
    const unknown = Object.keys(query).filter((key) => key !== 'namespace');
    throw invalidRequest(unknown.map((key) => ({ path: key, message: 'is not a known key' })));
  }
  const header = headers.get('x-tenant-id');
  return {
    request: { method: 'GET', url, host, headers, address },
    hints: {
      path: path.tenant,
      header: header === '' ? undefined : header,
      namespaces: [parsed.data.namespace],
      found: ({ id }) => {
        facts.tenantId = id;
      },
    },
    proven: (actor) => {
      facts.actor = actor;
    },
    name: path.name,
    permission: 'agents:run',
    operation: OPERATION,
  };
}

/** What stands where the route has a name; undefined for another path. */
function valuesIn(route: string, segments: readonly string[]): Record<string, string> | undefined {
  const path = route.split('/').slice(1);
  if (path.length !== segments.length) return undefined;
  const pairs = path.map((part, at) => [part, segments[at] ?? ''] as const);
  if (pairs.some(([part, value]) => (part.startsWith(':') ? value === '' : part !== value))) {
    return undefined;
  }
  return Object.fromEntries(
    pairs.filter(([part]) => part.startsWith(':')).map(([part, value]) => [part.slice(1), value]),
  );
}

function readPath(
  segments: readonly string[],
): { route: string; tenant?: string; name: string } | undefined {
  for (const route of ROUTES) {
    const values = valuesIn(route, segments);
    if (values === undefined) continue;
    const { name = '', id: tenant } = values;
    return { route, name, ...(tenant === undefined ? {} : { tenant }) };
  }
  return undefined;
}

function badName(): AppError {
  return invalidRequest([{ path: 'name', message: 'is no name of an agent' }]);
}

function stopping(): AppError {
  return new AppError('unavailable', 'unavailable', 'The server stops; try again shortly.', {
    retryAfterMs: 2_000,
  });
}
