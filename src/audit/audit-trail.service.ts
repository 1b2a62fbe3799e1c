import { Injectable } from '@nestjs/common';
import type { Actor } from '../access/actor.js';
import { Clock } from '../platform/clock/clock.js';
import type { Tx } from '../platform/database/unit-of-work.js';
import { currentRequestId } from '../platform/http/request-context.js';
import { AuditRepository } from './audit.repository.js';

/**
 * Who did it: an actor, the person an unauthenticated request turned out to be, Nexus itself, an
 * address that proved nothing, or somebody through the cluster.
 */
export type AuditActor =
  | Pick<Actor, 'kind' | 'id' | 'label'>
  | { kind: 'system' | 'address' | 'cluster'; id: string; label: string };

/** Whoever changed a resource in the cluster, which tells no more of them than a field manager. */
export function clusterActor(fieldManager: string): AuditActor {
  return { kind: 'cluster', id: 'cluster', label: fieldManager };
}

export interface AuditRecord {
  actor: AuditActor;
  /** `noun.verb-in-past-tense`, for example `agent.created`. */
  action: string;
  /** `t_…` of the tenant it happened in. */
  tenantId?: string;
  /** What it was done to: a name or an id. */
  target: string;
  /** Small facts; never a credential or the body of a spec. */
  detail?: Readonly<Record<string, string | number | boolean | null>>;
}

/** The append-only record of who did what. */
@Injectable()
export class AuditTrail {
  constructor(
    private readonly repository: AuditRepository,
    private readonly clock: Clock,
  ) {}

  /** For a program that has no services yet, or none any more. */
  static alone(clock: Clock): AuditTrail {
    return new AuditTrail(new AuditRepository(), clock);
  }

  /** Adds an entry in the transaction of the change that it tells of. */
  async record(
    tx: Tx,
    { actor, action, tenantId, target, detail = {} }: AuditRecord,
  ): Promise<void> {
    await this.repository.add(tx, {
      at: this.clock.nowIso(),
      actorKind: actor.kind,
      actorId: actor.id,
      actorLabel: actor.label,
      action,
      tenantId: tenantId ?? null,
      target,
      outcome: 'done',
      requestId: currentRequestId() ?? null,
      detail: JSON.stringify(detail),
    });
  }
}
