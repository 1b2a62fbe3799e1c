import { Injectable } from '@nestjs/common';
import type { ListedAgent, SystemStatus } from '../nodes/node.schemas.js';

/** What a node was last seen to hold under a name. */
export interface HeldAgent {
  /** Its config as canonical JSON, as desired; undefined for one that differs or is unknown. */
  spec: string | undefined;
  /** `draft`, `deployed` or `paused`. */
  status: string;
  /** Monotonic time of the last comparison. */
  comparedMs: number;
}

/** What is known of one start of one node; another start knows nothing. */
export class NodeKnowledge {
  status: SystemStatus | undefined;
  /** Monotonic time of the last shallow check that went well. */
  checkedMs: number | undefined;
  /** Shallow checks that failed in a row. */
  failedChecks = 0;
  /** Ids of the traces that were read last; undefined before the first time. */
  traces: ReadonlySet<string> | undefined;
  /** What was compared, by the agent's name. */
  readonly held = new Map<string, HeldAgent>();
  /** Statuses of the last list, by name. */
  readonly listed = new Map<string, string>();
  /** The generation of each agent that the node has refused for good, by name. */
  readonly refused = new Map<string, number>();

  /** Names of agents whose deployment failed because of a neighbour; only another one tells more. */
  readonly degraded = new Set<string>();

  /** Monotonic time at which the node was last told something of an agent, by the agent's name. */
  private readonly toldMs = new Map<string, number>();

  constructor(readonly incarnation: string | undefined) {}

  /** Keeps what an agent was made by telling the node so. */
  told(name: string, held: HeldAgent, nowMs: number): void {
    this.held.set(name, held);
    this.listed.set(name, held.status);
    this.toldMs.set(name, nowMs);
  }

  /** Drops what the node answered of an agent up to now: it was told something with another end. */
  distrust(name: string, nowMs: number): void {
    this.held.delete(name);
    this.listed.delete(name);
    this.toldMs.set(name, nowMs);
  }

  /** Takes in a list, but for the agents of which it is too old. */
  takeList(agents: readonly ListedAgent[], askedMs: number): void {
    for (const name of this.listed.keys()) {
      if (!this.isNewerThan(askedMs, name)) this.listed.delete(name);
    }
    for (const { name, status } of agents) {
      if (!this.isNewerThan(askedMs, name)) this.listed.set(name, status);
    }
    for (const [name, toldMs] of this.toldMs) {
      if (toldMs < askedMs) this.toldMs.delete(name);
    }
  }

  /** Whether the node was told something of an agent since it was asked for a list. */
  isNewerThan(askedMs: number, name: string): boolean {
    return (this.toldMs.get(name) ?? -Infinity) >= askedMs;
  }

  /** Drops what is known of one agent, so that it is compared anew. */
  forget(name: string): void {
    this.held.delete(name);
    this.refused.delete(name);
  }
}

/** What is known of every node. It is memory only: losing it costs comparisons, nothing else. */
@Injectable()
export class NodeKnowledgeBase {
  private readonly nodes = new Map<string, NodeKnowledge>();

  of(tenantId: string): NodeKnowledge {
    let knowledge = this.nodes.get(tenantId);
    if (knowledge === undefined) {
      knowledge = new NodeKnowledge(undefined);
      this.nodes.set(tenantId, knowledge);
    }
    return knowledge;
  }

  /** Begins anew for another start of the node. */
  reset(tenantId: string, incarnation: string | undefined): NodeKnowledge {
    const knowledge = new NodeKnowledge(incarnation);
    this.nodes.set(tenantId, knowledge);
    return knowledge;
  }

  drop(tenantId: string): void {
    this.nodes.delete(tenantId);
  }
}
