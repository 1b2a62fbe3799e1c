import { timingSafeEqual } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { Actor } from '../access/actor.js';
import { type Permission, TENANT_KEY_PERMISSIONS } from '../access/permissions.js';
import { type TenantHints, TenantScope } from '../access/tenant-scope.js';
import { type AuditActor, AuditTrail } from '../audit/audit-trail.service.js';
import { Clock } from '../platform/clock/clock.js';
import { Reader, type Tx, UnitOfWork } from '../platform/database/unit-of-work.js';
import { WakeChannel } from '../platform/events/wake-channel.js';
import { type Page, pageOf, readCursor } from '../platform/http/pagination.js';
import { TenantChanges } from '../tenants/tenant-changes.service.js';
import type { ApiKeyEntity } from './api-key.entity.js';
import type { ApiKeyView, CreateApiKey, CreatedApiKey, ListKeysQuery } from './api-keys.schemas.js';
import { ApiKeysRepository } from './api-keys.repository.js';
import { CREDENTIAL_TOPIC } from './auth.events.js';
import { keyNotFound, scopeNotAllowed } from './auth.errors.js';
import { API_KEY_PREFIX } from './credentials.rules.js';
import { OpaqueCredential } from './opaque-credential.js';
import type { VerifiedActor } from './verified-credentials.js';

const TOUCH_EVERY_MS = 60_000;

/** A key to be made. */
export interface NewKey {
  label: string;
  /** Seconds; it never expires when absent. */
  expiresIn?: number | undefined;
  scopes: readonly Permission[];
}

/** A page of keys, and what its cursor is bound to. */
export interface KeyPage {
  page: Page<ApiKeyView>;
  filters: unknown;
}

/** API keys of tenants: made, listed, revoked, and verified on every request that uses one. */
@Injectable()
export class ApiKeysService {
  private readonly keys = new OpaqueCredential(API_KEY_PREFIX);

  constructor(
    private readonly repository: ApiKeysRepository,
    private readonly scope: TenantScope,
    private readonly changes: TenantChanges,
    private readonly audit: AuditTrail,
    private readonly wakes: WakeChannel,
    private readonly units: UnitOfWork,
    private readonly reader: Reader,
    private readonly clock: Clock,
  ) {}

  /** @throws AppError `scope_not_allowed`, `tenant_deleting` */
  async create(
    actor: Actor,
    tenant: string,
    { label, expiresIn, scopes }: CreateApiKey,
    hints: TenantHints,
  ): Promise<CreatedApiKey> {
    const change = { actor, tenant, permission: 'keys:write', hints } as const;
    return this.changes.run(change, async (tx, { id }) => {
      const beyond = (scopes ?? []).filter((scope) => !TENANT_KEY_PERMISSIONS.includes(scope));
      if (beyond.length > 0) throw scopeNotAllowed(beyond);
      const input = { label, expiresIn, scopes: scopes ?? TENANT_KEY_PERMISSIONS };
      return this.issue(tx, actor, id, input);
    });
  }

  /**
   * Makes a key. Whoever calls has seen that `by` may.
   *
   * @param tenantId null for an admin-scope key
   */
  async issue(
    tx: Tx,
    by: AuditActor,
    tenantId: string | null,
    { label, expiresIn, scopes }: NewKey,
  ): Promise<CreatedApiKey> {
    const { raw, hash, lookup } = this.keys.issue();
    const now = this.clock.now();
    const expiresAt =
      expiresIn === undefined ? null : new Date(now.getTime() + expiresIn * 1000).toISOString();
    const createdAt = now.toISOString();
    await this.repository.add(tx, {
      hash,
      prefix: lookup,
      tenantId,
      scopes: JSON.stringify(scopes),
      label,
      createdBy: by.id,
      createdAt,
      expiresAt,
      lastUsedAt: null,
      revokedAt: null,
    });
    await this.audit.record(tx, {
      actor: by,
      action: 'key.created',
      ...(tenantId === null ? {} : { tenantId }),
      target: hash,
      detail: { label, scope: tenantId === null ? 'admin' : 'tenant' },
    });
    return { rawKey: raw, hash, label, createdAt, expiresAt };
  }

  async list(
    actor: Actor,
    tenant: string,
    query: ListKeysQuery,
    hints: TenantHints,
  ): Promise<KeyPage> {
    const { id } = await this.scope.open(actor, tenant, 'keys:read', { below: true, hints });
    return this.page(id, query);
  }

  /** One page of the keys of a tenant, or of the admin-scope ones. Whoever calls has seen that they may. */
  async page(tenantId: string | null, { limit, cursor }: ListKeysQuery): Promise<KeyPage> {
    const filters = ['keys', tenantId];
    const [createdAt, hash] = readCursor(cursor, filters, 2) ?? [];
    const after = createdAt !== undefined && hash !== undefined ? { createdAt, hash } : undefined;
    const rows = await this.repository.list(this.reader, tenantId, after, limit + 1);
    const total = await this.repository.count(this.reader, tenantId);
    const page = pageOf(rows, limit, total, (row) => [row.createdAt, row.hash]);
    return { page: { ...page, items: page.items.map(keyView) }, filters };
  }

  /** @throws AppError `key_not_found` */
  async revoke(
    actor: Actor,
    tenant: string,
    hash: string,
    hints: TenantHints,
  ): Promise<{ revoked: string }> {
    const { id } = await this.scope.open(actor, tenant, 'keys:write', { below: true, hints });
    return this.units.run(async (tx) => {
      await this.scope.open(actor, id, 'keys:write', { below: true, tx });
      return this.end(tx, actor, id, hash);
    });
  }

  /**
   * Revokes a key of a tenant, or an admin-scope one. Whoever calls has seen that `by` may.
   *
   * @throws AppError `key_not_found`
   */
  async end(
    tx: Tx,
    by: AuditActor,
    tenantId: string | null,
    hash: string,
  ): Promise<{ revoked: string }> {
    const now = this.clock.nowIso();
    if (!(await this.repository.revoke(tx, tenantId, hash, now))) throw keyNotFound();
    await this.audit.record(tx, {
      actor: by,
      action: 'key.revoked',
      ...(tenantId === null ? {} : { tenantId }),
      target: hash,
    });
    await this.wakes.publish(tx, CREDENTIAL_TOPIC, hash);
    return { revoked: hash };
  }

  /** The actor behind a key; undefined for one that is unknown, expired or revoked. */
  async verify(raw: string): Promise<VerifiedActor | undefined> {
    const presented = this.keys.read(raw);
    if (presented === undefined) return undefined;
    const candidates = await this.repository.findByPrefix(this.reader, presented.lookup);
    const key = candidates.find(({ hash }) => sameHash(hash, presented.hash));
    if (key === undefined || !this.isGood(key)) return undefined;
    this.touch(key);
    const { hash: id, label, tenantId } = key;
    const permissions = JSON.parse(key.scopes) as Permission[];
    return {
      actor: { kind: 'key', id, label, tenantId, permissions },
      expiresAtMs: key.expiresAt === null ? undefined : Date.parse(key.expiresAt),
    };
  }

  /** Removes every key of a tenant for good. */
  async purgeTenant(tx: Tx, tenantId: string): Promise<void> {
    await this.repository.purgeTenant(tx, tenantId);
    await this.wakes.publish(tx, CREDENTIAL_TOPIC, tenantId);
  }

  private isGood({ revokedAt, expiresAt }: ApiKeyEntity): boolean {
    return revokedAt === null && (expiresAt === null || expiresAt > this.clock.nowIso());
  }

  /** Notes the use of a key, at most once a minute; the request does not wait for it. */
  private touch({ hash, lastUsedAt }: ApiKeyEntity): void {
    const now = this.clock.now();
    if (lastUsedAt !== null && now.getTime() - Date.parse(lastUsedAt) < TOUCH_EVERY_MS) return;
    this.units
      .run((tx) => this.repository.touch(tx, hash, now.toISOString()))
      .catch(() => undefined);
  }
}

function keyView(key: ApiKeyEntity): ApiKeyView {
  const { hash, label, createdAt, createdBy, expiresAt, lastUsedAt } = key;
  const scopes = JSON.parse(key.scopes) as Permission[];
  return { hash, label, createdAt, createdBy, expiresAt, lastUsedAt, scopes };
}

function sameHash(a: string, b: string): boolean {
  return a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b));
}
