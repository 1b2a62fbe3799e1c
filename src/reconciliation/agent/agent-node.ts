import { Injectable } from '@nestjs/common';
import type { AgentRecord } from '../../agents/agent-sync.service.js';
import { ReconciliationConfig } from '../../config/reconciliation.config.js';
import { holdsSpec } from '../agent-on-node.rules.js';
import type { NodeEndpoint } from '../../nodes/node-access.js';
import { NodeClient } from '../../nodes/node-client.service.js';
import { NodeError } from '../../nodes/node.errors.js';
import { Clock } from '../../platform/clock/clock.js';
import type { HeldAgent, NodeKnowledge } from '../node-knowledge.js';
import { untilMomentBefore } from '../joint-moments.js';
import type { AgentOperation } from './agent.plan.js';

/** Of a deep period, at which agents are compared. */
const MOMENTS = 900;

/** A node, as one agent sees it in one pass. */
export interface AgentPlace {
  endpoint: NodeEndpoint;
  known: NodeKnowledge;
  signal: AbortSignal;
}

/** The node keeps something else than what it was sent. */
export class SpecAltered extends Error {}

/** Looks at one agent on its node, and acts on it. Keeps what is learnt. */
@Injectable()
export class AgentNode {
  constructor(
    private readonly client: NodeClient,
    private readonly clock: Clock,
    private readonly config: ReconciliationConfig,
  ) {}

  /** What the node holds: from memory while that is young, else by comparing. */
  async gather(agent: AgentRecord, place: AgentPlace): Promise<HeldAgent | undefined> {
    const remembered = place.known.held.get(agent.name);
    if (remembered !== undefined && this.isYoung(remembered)) return remembered;
    const config = await this.client.find(place.endpoint, agent.name, place.signal);
    if (config === undefined) {
      place.known.held.delete(agent.name);
      place.known.listed.delete(agent.name);
      return undefined;
    }
    const held = {
      spec: holdsSpec(agent.spec, config) ? agent.spec : undefined,
      status: await this.statusOf(agent.name, place),
      comparedMs: this.clock.monotonicMs(),
    };
    place.known.held.set(agent.name, held);
    return held;
  }

  /** @throws NodeError; SpecAltered when the node keeps something else */
  async apply({ kind }: AgentOperation, agent: AgentRecord, place: AgentPlace): Promise<void> {
    const { endpoint, signal } = place;
    switch (kind) {
      case 'register':
        await this.client.register(endpoint, JSON.parse(agent.spec), signal);
        this.remember(agent, place, 'draft');
        break;
      case 'deploy':
        await this.client.deploy(endpoint, agent.name, signal);
        this.remember(agent, place, 'deployed');
        break;
      case 'pause':
        await this.client.pause(endpoint, agent.name, signal);
        this.remember(agent, place, 'paused');
        break;
      case 'verify':
        await this.verify(agent, place);
        break;
    }
  }

  /** Takes an agent off the node. */
  async remove(name: string, { endpoint, known, signal }: AgentPlace): Promise<void> {
    await this.client.remove(endpoint, name, signal);
    known.forget(name);
    known.distrust(name, this.clock.monotonicMs());
  }

  /** The status in a fresh list; undefined when the agent is not in it. */
  async listedStatus(name: string, { endpoint, signal }: AgentPlace): Promise<string | undefined> {
    const listed = await this.client.list(endpoint, signal);
    return listed.find((agent) => agent.name === name)?.status;
  }

  /**
   * Milliseconds until an agent is to be compared again, spread over the end of the period. They
   * count from the last comparison, not from now: a wake in between must not put it off. Agents of
   * all tenants share moments.
   */
  nextComparisonMs({ name }: AgentRecord, { known }: AgentPlace): number {
    const nowMs = this.clock.monotonicMs();
    const comparedMs = known.held.get(name)?.comparedMs ?? nowMs;
    const dueMs = comparedMs + this.deepMs() * (0.75 + Math.random() / 4);
    return untilMomentBefore(nowMs, dueMs - nowMs, this.deepMs() / MOMENTS);
  }

  /** Milliseconds after which a failure of a neighbour is looked at again. */
  retryMs(): number {
    return this.config.resyncSeconds * 1000;
  }

  private async verify(agent: AgentRecord, place: AgentPlace): Promise<void> {
    const config = await this.client.find(place.endpoint, agent.name, place.signal);
    if (config !== undefined && holdsSpec(agent.spec, config)) {
      const held = place.known.held.get(agent.name);
      if (held !== undefined) held.comparedMs = this.clock.monotonicMs();
      return;
    }
    place.known.forget(agent.name);
    if (config === undefined) throw new NodeError('failed', 'the agent vanished from the node');
    throw new SpecAltered('The node keeps another spec than it was sent.');
  }

  private async statusOf(name: string, place: AgentPlace): Promise<string> {
    return place.known.listed.get(name) ?? (await this.listedStatus(name, place)) ?? 'draft';
  }

  /** Keeps what the node was told; to be told is not to be compared. */
  private remember({ name, spec }: AgentRecord, { known }: AgentPlace, status: string): void {
    const nowMs = this.clock.monotonicMs();
    const comparedMs = known.held.get(name)?.comparedMs ?? nowMs;
    known.told(name, { spec, status, comparedMs }, nowMs);
  }

  private isYoung({ comparedMs }: HeldAgent): boolean {
    return this.clock.monotonicMs() - comparedMs < this.deepMs() * 0.7;
  }

  private deepMs(): number {
    return this.config.deepResyncMinutes * 60_000;
  }
}
