import type { Source } from '../platform/database/unit-of-work.js';

/** Counts agents for the views of tenants; provided by the part that has agents. */
export abstract class AgentCounter {
  /** Live agents by tenant id; a tenant without agents may be missing. */
  abstract countByTenant(
    source: Source,
    tenantIds: readonly string[],
  ): Promise<Map<string, number>>;
}
