import { Injectable } from '@nestjs/common';
import type { Tx } from '../platform/database/unit-of-work.js';
import type { AgentDraft } from './agent-draft.js';
import { findCycle } from './agent-references.rules.js';
import { agentInUse, specInvalid } from './agents.errors.js';
import { AgentsRepository } from './agents.repository.js';

/**
 * Keeps references whole, in the transaction that writes: the node refuses every deploy of a
 * tenant, or does not start, when one agent names another that is missing.
 */
@Injectable()
export class ReferenceCheck {
  constructor(private readonly repository: AgentsRepository) {}

  /** @throws AppError `invalid_agent_spec` for a missing target or a cycle */
  async check(tx: Tx, tenantId: string, { name, references }: AgentDraft): Promise<void> {
    if (references.length === 0) return;
    const targets = [...new Set(references.map(({ target }) => target))];
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
    await this.refuseCycle(tx, tenantId, { name, references });
  }

  /** @throws AppError `agent_in_use` when a live agent names this one */
  async refuseIfReferred(tx: Tx, tenantId: string, name: string): Promise<void> {
    const edges = await this.repository.references(tx, tenantId);
    const referrers = edges.filter(({ from, to }) => to === name && from !== name);
    if (referrers.length > 0) {
      throw agentInUse(name, [...new Set(referrers.map(({ from }) => from))].sort());
    }
  }

  private async refuseCycle(
    tx: Tx,
    tenantId: string,
    { name, references }: Pick<AgentDraft, 'name' | 'references'>,
  ): Promise<void> {
    const edges = new Map<string, string[]>();
    for (const { from, to } of await this.repository.references(tx, tenantId)) {
      edges.set(from, [...(edges.get(from) ?? []), to]);
    }
    const cycle = findCycle(name, references, (agent) => edges.get(agent) ?? []);
    if (cycle === undefined) return;
    const first = references.find(({ target }) => target === cycle[1]) ?? references[0];
    throw specInvalid([
      { path: first?.path ?? 'spec', message: `makes a cycle: ${cycle.join(' → ')}` },
    ]);
  }
}
