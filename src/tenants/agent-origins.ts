import type { AuditActor } from '../audit/audit-trail.service.js';
import type { Tx } from '../platform/database/unit-of-work.js';

/** Hands the agents of a tenant over; provided by the part that has agents. */
export abstract class AgentOrigins {
  /**
   * Hands every live agent of a tenant over to a door (`api` or `cluster`), and audits each.
   *
   * @returns how many went over; those that were there already are not counted
   */
  abstract handOver(tx: Tx, actor: AuditActor, tenantId: string, origin: string): Promise<number>;
}
