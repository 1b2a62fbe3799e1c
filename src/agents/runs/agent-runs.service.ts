import { Injectable } from '@nestjs/common';
import type { Actor } from '../../access/actor.js';
import { type TenantHints, type TenantRef, TenantScope } from '../../access/tenant-scope.js';
import { NodeAccess, type NodeEndpoint } from '../../nodes/node-access.js';
import { NodeClient } from '../../nodes/node-client.service.js';
import { asUpstreamError, nodeAway, NodeError } from '../../nodes/node.errors.js';
import { Reader } from '../../platform/database/unit-of-work.js';
import type { ServerEvent } from '../../platform/http/event-stream.js';
import { factsOf } from './agent-call.rules.js';
import type { RunAgent, RunAnswer } from './agent-runs.schemas.js';
import type { AgentEntity } from '../agent.entity.js';
import { agentNotFound, agentNotRunning } from '../agents.errors.js';
import { AgentsRepository } from '../agents.repository.js';
import { answerOf, type RunFrame, Transcript } from './run-frames.rules.js';
import { RunRecorder } from './run-recorder.service.js';

/** An agent that may be run, and where. */
interface Target {
  tenant: TenantRef;
  agent: AgentEntity;
  endpoint: NodeEndpoint;
}

/** Runs agents on their tenant's node, and records every run when it ends. */
@Injectable()
export class AgentRunsService {
  constructor(
    private readonly repository: AgentsRepository,
    private readonly recorder: RunRecorder,
    private readonly scope: TenantScope,
    private readonly nodes: NodeAccess,
    private readonly client: NodeClient,
    private readonly reader: Reader,
  ) {}

  /**
   * Asks an agent and waits for its answer.
   *
   * @param signal aborts the node's run, when the caller leaves
   * @throws AppError `agent_not_found`, `agent_not_running`, `node_unreachable`, `node_error`,
   *   `node_timeout`
   */
  async run(
    actor: Actor,
    name: string,
    input: RunAgent,
    hints: TenantHints,
    signal: AbortSignal,
  ): Promise<RunAnswer> {
    return this.runOn(await this.target(actor, name, hints), input, signal);
  }

  /**
   * Asks an agent and hands out what happens as it happens; the last frame is `done`. What fails
   * before the node has taken the run is thrown at once, later failures out of the loop. Leaving
   * the loop, or `signal`, ends the node's run.
   *
   * @throws AppError as `run` does
   */
  async stream(
    actor: Actor,
    name: string,
    input: RunAgent,
    hints: TenantHints,
    signal: AbortSignal,
  ): Promise<AsyncGenerator<RunFrame>> {
    const target = await this.target(actor, name, hints);
    await this.refuseUnlessDeployed(target, signal);
    // The node's stream takes no context: such a run is asked as a whole.
    if (input.context !== undefined) return this.whole(target, input, signal);
    const frames = this.pieces(target, input, signal);
    const first = await frames.next();
    return first.done === true ? frames : following(first.value, frames);
  }

  /** The node's stream would say so only after it began. */
  private async refuseUnlessDeployed(
    { agent: { name }, endpoint }: Target,
    signal: AbortSignal,
  ): Promise<void> {
    try {
      const listed = await this.client.list(endpoint, signal);
      const found = listed.find((agent) => agent.name === name);
      if (found?.status !== 'deployed') throw agentNotRunning(name);
    } catch (error) {
      throw asUpstreamError(error);
    }
  }

  /** As `stream`, for a reader of server-sent events. */
  async events(
    ...asked: Parameters<AgentRunsService['stream']>
  ): Promise<AsyncGenerator<ServerEvent>> {
    return eventsOf(await this.stream(...asked));
  }

  /** @throws AppError `agent_not_found`, `node_unreachable` */
  private async target(actor: Actor, name: string, hints: TenantHints): Promise<Target> {
    const tenant = await this.scope.choose(actor, hints, 'agents:run');
    const agent = await this.repository.findLive(this.reader, tenant.id, name);
    if (agent === null) throw agentNotFound(name);
    const endpoint = await this.nodes.endpointOf(tenant.id);
    if (endpoint === undefined) throw nodeAway();
    return { tenant, agent, endpoint };
  }

  private async runOn(
    { tenant, agent, endpoint }: Target,
    input: RunAgent,
    signal: AbortSignal,
  ): Promise<RunAnswer> {
    const run = this.recorder.begin(tenant, agent, input.session_id);
    try {
      const result = await this.client.run(endpoint, agent.name, input, signal);
      await run.end({ outcome: 'completed', facts: factsOf(result) });
      return result;
    } catch (error) {
      if (isNotDeployed(error)) run.drop();
      await run.end({ outcome: signal.aborted ? 'cancelled' : 'failed', error });
      throw explain(error, agent.name);
    }
  }

  /** A run that is asked as a whole, as frames. */
  private async *whole(
    target: Target,
    input: RunAgent,
    signal: AbortSignal,
  ): AsyncGenerator<RunFrame> {
    yield { type: 'status', status: 'processing', agent: target.agent.name };
    yield { type: 'done', ...(await this.runOn(target, input, signal)) };
  }

  /** The frames of a run as the node sends them. */
  private async *pieces(
    { tenant, agent, endpoint }: Target,
    input: RunAgent,
    signal: AbortSignal,
  ): AsyncGenerator<RunFrame> {
    const run = this.recorder.begin(tenant, agent, input.session_id);
    const transcript = new Transcript();
    try {
      for await (const frame of await this.client.stream(endpoint, agent.name, input, signal)) {
        const piece = transcript.take(frame);
        if (piece === undefined) continue;
        if (piece.type !== 'done') yield piece;
        else {
          await run.end({ outcome: 'completed', facts: factsOf(answerOf(piece)) });
          yield piece;
          return;
        }
      }
    } catch (error) {
      await run.end({ outcome: signal.aborted ? 'cancelled' : 'failed', error });
      throw explain(error, agent.name);
    } finally {
      await run.end({ outcome: 'cancelled', facts: transcript.facts() });
    }
  }
}

async function* eventsOf(frames: AsyncGenerator<RunFrame>): AsyncGenerator<ServerEvent> {
  for await (const { type, ...data } of frames) yield { event: type, data };
}

/** A loop that was begun to see whether it begins well. */
async function* following(
  first: RunFrame,
  rest: AsyncGenerator<RunFrame>,
): AsyncGenerator<RunFrame> {
  try {
    yield first;
    yield* rest;
  } finally {
    await rest.return(undefined);
  }
}

function explain(error: unknown, name: string): unknown {
  return isNotDeployed(error) ? agentNotRunning(name) : asUpstreamError(error);
}

/** A node knows an agent only while it is deployed. */
function isNotDeployed(error: unknown): boolean {
  return error instanceof NodeError && error.kind === 'not_found';
}
