import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Clock, type Timer } from '../platform/clock/clock.js';
import { UnitOfWork } from '../platform/database/unit-of-work.js';
import { type Refusal, RefusalListener } from '../platform/http/refusals.js';
import { Logger } from '../platform/logging/logger.js';
import { redactText } from '../platform/logging/redaction.js';
import type { AuditEntryEntity } from './audit-entry.entity.js';
import type { AuditActor } from './audit-trail.service.js';
import { AuditRepository } from './audit.repository.js';
import { type Counted, RefusalWindow } from './refusal-window.js';
import { treatmentOf } from './refusal.rules.js';

const WINDOW_MS = 60_000;
const LONGEST_TARGET = 500;

type NewEntry = Omit<AuditEntryEntity, 'number'>;

/**
 * Records refused attempts. It does so after the answer, in units of its own, and a failure of it
 * is logged and changes nothing for the caller. What is too much for one minute is counted, and
 * recorded at its end or when the server stops.
 */
@Injectable()
export class RefusalAudit extends RefusalListener implements OnApplicationShutdown {
  private readonly window = new RefusalWindow();
  private readonly pending = new Set<Promise<void>>();
  private timer: Timer | undefined;

  constructor(
    private readonly repository: AuditRepository,
    private readonly units: UnitOfWork,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {
    super();
  }

  override refused(refusal: Refusal): void {
    const treatment = treatmentOf(refusal);
    if (treatment === 'ignore') return;
    this.timer ??= this.clock.after(WINDOW_MS, () => this.endWindow());
    const { actor } = refusal;
    if (actor === undefined) {
      this.window.countAddress(refusal.address, refusal.code);
      return;
    }
    const tenantId = refusal.tenantId ?? actor.tenantId ?? null;
    const { kind, id, label } = actor;
    const by = { kind, id, label } as AuditActor;
    if (!this.window.countActor(by, tenantId, refusal.code)) return;
    this.write([this.entryOf(refusal, by, tenantId)]);
  }

  async onApplicationShutdown(): Promise<void> {
    this.endWindow();
    await Promise.all(this.pending);
  }

  private endWindow(): void {
    this.timer?.cancel();
    this.timer = undefined;
    const counted = this.window.drain();
    if (counted.length > 0) this.write(counted.map((one) => this.sumOf(one)));
  }

  private write(entries: NewEntry[]): void {
    const written = this.units
      .run(async (tx) => {
        for (const entry of entries) await this.repository.add(tx, entry);
      })
      .catch((error: unknown) => {
        this.logger.error('Refusals could not be recorded', { error, entries: entries.length });
      })
      .finally(() => this.pending.delete(written));
    this.pending.add(written);
  }

  private entryOf(
    { operation, method, path, status, code, requestId }: Refusal,
    actor: AuditActor,
    tenantId: string | null,
  ): NewEntry {
    return {
      ...this.common(actor, tenantId),
      action: operation ?? method,
      target: redactText(path).slice(0, LONGEST_TARGET),
      requestId,
      detail: JSON.stringify({ status, code }),
    };
  }

  private sumOf({ actor, tenantId, action, counts }: Counted): NewEntry {
    const count = Object.values(counts).reduce((sum, one) => sum + one, 0);
    return {
      ...this.common(actor, tenantId),
      action,
      target: 'many',
      requestId: null,
      detail: JSON.stringify({ count, ...counts }),
    };
  }

  private common(actor: AuditActor, tenantId: string | null) {
    return {
      at: this.clock.nowIso(),
      actorKind: actor.kind,
      actorId: actor.id,
      actorLabel: actor.label,
      tenantId,
      outcome: 'refused',
    };
  }
}
