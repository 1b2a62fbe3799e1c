import { Injectable } from '@nestjs/common';
import type { Source, Tx } from '../platform/database/unit-of-work.js';
import type { Issue } from '../platform/errors/app-error.js';
import type { AgentDraft } from './agent-draft.js';
import { isAgentName } from './spec/agent-spec.rules.js';
import { chainOf, chainRefusal } from './spec/agent-chain.rules.js';
import {
  type AgentReference,
  findCycle,
  reachable,
  reversed,
} from './spec/agent-references.rules.js';
import { agentInUse, specInvalid } from './agents.errors.js';
import { AgentsRepository } from './agents.repository.js';

/** Why references can never be followed, and where the spec says so. */
export interface ReferenceRefusal {
  reason: 'ReferenceCycle' | 'ChainTooDeep';
  issue: Issue;
}

/**
 * Keeps references whole, in the transaction that writes: the node refuses every deploy of a
 * tenant, or does not start, when one agent names another that is missing.
 */
@Injectable()
export class ReferenceCheck {
  constructor(private readonly repository: AgentsRepository) {}

  /** @throws AppError `invalid_agent_spec` for a missing target, a cycle, too deep a chain */
  async check(tx: Tx, tenantId: string, draft: AgentDraft): Promise<void> {
    const { name, references } = draft;
    if (references.length === 0) return;
    const existing = await this.existing(tx, tenantId, references);
    const missing = references.filter(({ target }) => target !== name && !existing.has(target));
    if (missing.length > 0) {
      throw specInvalid(
        missing.map(({ target, path }) => ({
          path,
          message: `names the agent "${target}", which this tenant does not have; create it first`,
        })),
      );
    }
    const refusal = await this.refusalOf(tx, tenantId, draft);
    if (refusal !== undefined) throw specInvalid([refusal.issue]);
  }

  /**
   * Why a spec can never be sent, however long one waits. What it names may be missing: that may
   * come.
   */
  async refusalOf(
    source: Source,
    tenantId: string,
    draft: AgentDraft,
  ): Promise<ReferenceRefusal | undefined> {
    if (draft.references.length === 0) return undefined;
    const edges = await this.edges(source, tenantId);
    const cycle = cycleIssue(draft, edges);
    if (cycle !== undefined) return { reason: 'ReferenceCycle', issue: cycle };
    const issue = await this.deepChainIssue(source, tenantId, draft, edges);
    return issue && { reason: 'ChainTooDeep', issue };
  }

  /** Which of the agents that are named the tenant has. */
  async existing(
    source: Source,
    tenantId: string,
    references: readonly AgentReference[],
  ): Promise<Set<string>> {
    const targets = [...new Set(references.map(({ target }) => target))].filter(isAgentName);
    return this.repository.existing(source, tenantId, targets);
  }

  /** @throws AppError `agent_in_use` when a live agent names this one */
  async refuseIfReferred(tx: Tx, tenantId: string, name: string): Promise<void> {
    const edges = await this.repository.references(tx, tenantId);
    const referrers = edges.filter(({ from, to }) => to === name && from !== name);
    if (referrers.length > 0) {
      throw agentInUse(name, [...new Set(referrers.map(({ from }) => from))].sort());
    }
  }

  /** The names that each agent of the tenant refers to, as the database has it. */
  private async edges(source: Source, tenantId: string): Promise<Map<string, string[]>> {
    const edges = new Map<string, string[]>();
    for (const { from, to } of await this.repository.references(source, tenantId)) {
      edges.set(from, [...(edges.get(from) ?? []), to]);
    }
    return edges;
  }

  /** A chain grows with the chains of those that it names, and so do the chains that lead to it. */
  private async deepChainIssue(
    source: Source,
    tenantId: string,
    { name, spec, references }: AgentDraft,
    edges: ReadonlyMap<string, readonly string[]>,
  ): Promise<Issue | undefined> {
    if (chainOf(JSON.parse(spec)) === undefined) return undefined;
    const next = new Map([...edges, [name, references.map(({ target }) => target)] as const]);
    const before = reachable(name, reversed(next));
    const involved = new Set([...before, ...reachable(name, next)]);
    involved.delete(name);
    const chains = new Map([[name, chainOf(JSON.parse(spec))]]);
    for (const row of await this.repository.specsOf(source, tenantId, [...involved])) {
      chains.set(row.name, chainOf(JSON.parse(row.spec)));
    }
    for (const root of before) {
      const refusal = chainRefusal(root, (agent) => chains.get(agent));
      if (refusal === undefined) continue;
      return { path: 'spec.chain', message: `the chain of "${root}" ${refusal}` };
    }
    return undefined;
  }
}

function cycleIssue(
  { name, references }: Pick<AgentDraft, 'name' | 'references'>,
  edges: ReadonlyMap<string, readonly string[]>,
): Issue | undefined {
  const cycle = findCycle(name, references, (agent) => edges.get(agent) ?? []);
  if (cycle === undefined) return undefined;
  const first = references.find(({ target }) => target === cycle[1]) ?? references[0];
  return { path: first?.path ?? 'spec', message: `makes a cycle: ${cycle.join(' → ')}` };
}
