import { Injectable } from '@nestjs/common';
import type { Tx } from '../platform/database/unit-of-work.js';
import type { AgentDraft } from './agent-draft.js';
import { isAgentName } from './agent-spec.rules.js';
import { chainOf, chainRefusal } from './agent-chain.rules.js';
import { findCycle, reachable, reversed } from './agent-references.rules.js';
import { agentInUse, specInvalid } from './agents.errors.js';
import { AgentsRepository } from './agents.repository.js';

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
    const targets = [...new Set(references.map(({ target }) => target))].filter(isAgentName);
    const existing = await this.repository.existing(tx, tenantId, targets);
    const missing = references.filter(({ target }) => target !== name && !existing.has(target));
    if (missing.length > 0) {
      throw specInvalid(
        missing.map(({ target, path }) => ({
          path,
          message: `names the agent "${target}", which this tenant does not have; create it first`,
        })),
      );
    }
    const edges = await this.edges(tx, tenantId);
    refuseCycle({ name, references }, edges);
    await this.refuseDeepChain(tx, tenantId, draft, edges);
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
  private async edges(tx: Tx, tenantId: string): Promise<Map<string, string[]>> {
    const edges = new Map<string, string[]>();
    for (const { from, to } of await this.repository.references(tx, tenantId)) {
      edges.set(from, [...(edges.get(from) ?? []), to]);
    }
    return edges;
  }

  /** A chain grows with the chains of those that it names, and so do the chains that lead to it. */
  private async refuseDeepChain(
    tx: Tx,
    tenantId: string,
    { name, spec, references }: AgentDraft,
    edges: ReadonlyMap<string, readonly string[]>,
  ): Promise<void> {
    if (chainOf(JSON.parse(spec)) === undefined) return;
    const next = new Map([...edges, [name, references.map(({ target }) => target)] as const]);
    const before = reachable(name, reversed(next));
    const involved = new Set([...before, ...reachable(name, next)]);
    involved.delete(name);
    const chains = new Map([[name, chainOf(JSON.parse(spec))]]);
    for (const row of await this.repository.specsOf(tx, tenantId, [...involved])) {
      chains.set(row.name, chainOf(JSON.parse(row.spec)));
    }
    for (const root of before) {
      const refusal = chainRefusal(root, (agent) => chains.get(agent));
      if (refusal === undefined) continue;
      throw specInvalid([{ path: 'spec.chain', message: `the chain of "${root}" ${refusal}` }]);
    }
  }
}

function refuseCycle(
  { name, references }: Pick<AgentDraft, 'name' | 'references'>,
  edges: ReadonlyMap<string, readonly string[]>,
): void {
  const cycle = findCycle(name, references, (agent) => edges.get(agent) ?? []);
  if (cycle === undefined) return;
  const first = references.find(({ target }) => target === cycle[1]) ?? references[0];
  throw specInvalid([
    { path: first?.path ?? 'spec', message: `makes a cycle: ${cycle.join(' → ')}` },
  ]);
}
