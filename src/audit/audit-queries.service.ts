import { Injectable } from '@nestjs/common';
import type { Actor } from '../access/actor.js';
import { type TenantHints, TenantScope } from '../access/tenant-scope.js';
import { Reader } from '../platform/database/unit-of-work.js';
import { type Page, pageOf, readCursor } from '../platform/http/pagination.js';
import { invalidRequest } from '../platform/http/validation.js';
import type { AuditEntryEntity } from './audit-entry.entity.js';
import { type AuditFilter, AuditRepository } from './audit.repository.js';
import type { AuditEntryView, AuditQuery } from './audit.schemas.js';

/** The order numbers are integers of 32 bits. */
const LARGEST_NUMBER = 2 ** 31 - 1;

/** A page of the audit and what its cursor is bound to. */
export type AuditPage = Page<AuditEntryView> & { filter: unknown };

/** Shows the audit, newest first: a tenant its own, admins all of it. */
@Injectable()
export class AuditQueries {
  constructor(
    private readonly repository: AuditRepository,
    private readonly scope: TenantScope,
    private readonly reader: Reader,
  ) {}

  async ofTenant(
    actor: Actor,
    tenant: string,
    query: AuditQuery,
    hints: TenantHints,
  ): Promise<AuditPage> {
    const { id } = await this.scope.open(actor, tenant, 'audit:read', { below: true, hints });
    return this.page(query, id);
  }

  /** Of the whole installation; the guard lets only admins come here. */
  async ofAll(_actor: Actor, query: AuditQuery): Promise<AuditPage> {
    return this.page(query);
  }

  private async page(
    { limit, cursor, ...wanted }: AuditQuery,
    tenantId?: string,
  ): Promise<AuditPage> {
    const filter: AuditFilter = { ...wanted, ...(tenantId === undefined ? {} : { tenantId }) };
    const before = numberOf(readCursor(cursor, ['audit', filter], 1));
    const rows = await this.repository.list(this.reader, filter, before, limit + 1);
    const total = await this.repository.count(this.reader, filter);
    const page = pageOf(rows, limit, total, ({ number }) => [String(number)]);
    return { ...page, items: page.items.map(entryView), filter: ['audit', filter] };
  }
}

function numberOf(position: string[] | undefined): number | undefined {
  if (position === undefined) return undefined;
  const number = Number(position[0]);
  if (Number.isInteger(number) && number > 0 && number <= LARGEST_NUMBER) return number;
  throw invalidRequest([{ path: 'cursor', message: 'is not a cursor of this list' }]);
}

function entryView(row: AuditEntryEntity): AuditEntryView {
  const { number, at, actorKind, actorId, actorLabel, action, tenantId, target, requestId } = row;
  return {
    number,
    at,
    actor: { kind: actorKind, id: actorId, label: actorLabel },
    action,
    tenantId,
    target,
    outcome: row.outcome as AuditEntryView['outcome'],
    requestId,
    detail: JSON.parse(row.detail) as AuditEntryView['detail'],
  };
}
