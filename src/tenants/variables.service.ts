import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { Actor } from '../access/actor.js';
import { type TenantHints, TenantScope } from '../access/tenant-scope.js';
import { AuditTrail } from '../audit/audit-trail.service.js';
import { Clock } from '../platform/clock/clock.js';
import { type SealedPlace, Sealer, UnsealError } from '../platform/crypto/sealer.js';
import { Reader, type Tx, UnitOfWork } from '../platform/database/unit-of-work.js';
import { WakeChannel } from '../platform/events/wake-channel.js';
import { type Page, pageOf, readCursor } from '../platform/http/pagination.js';
import { Logger } from '../platform/logging/logger.js';
import {
  type GivenVariables,
  NodeVariables,
  NodeVariableSource,
} from './node-variables.service.js';
import { TenantChanges } from './tenant-changes.service.js';
import type { TenantVariableEntity } from './tenant-variable.entity.js';
import type { TenantEntity } from './tenant.entity.js';
import { TENANT_TOPIC } from './tenants.events.js';
import { TenantsRepository } from './tenants.repository.js';
import { tooManyVariables, variableNotFound } from './variables.errors.js';
import { VariablesRepository } from './variables.repository.js';
import type { ListVariablesQuery, SetVariable, VariableView } from './variables.schemas.js';

/** With the largest values they still fit into what a process may be given. */
const MOST = 64;

type Place = Pick<TenantVariableEntity, 'tenantId' | 'name' | 'version'>;

/**
 * The variables of tenants: sealed, given to the node, and never shown again. A change is a change
 * of what is wanted of the tenant; its node is restarted with the new ones.
 */
@Injectable()
export class VariablesService extends NodeVariableSource {
  constructor(
    private readonly repository: VariablesRepository,
    private readonly tenants: TenantsRepository,
    private readonly changes: TenantChanges,
    private readonly scope: TenantScope,
    private readonly sealer: Sealer,
    private readonly audit: AuditTrail,
    private readonly wakes: WakeChannel,
    private readonly units: UnitOfWork,
    private readonly reader: Reader,
    private readonly clock: Clock,
    private readonly logger: Logger,
    nodes: NodeVariables,
  ) {
    super();
    nodes.add(this);
  }

  async list(
    actor: Actor,
    tenant: string,
    { limit, cursor }: ListVariablesQuery,
    hints: TenantHints,
  ): Promise<Page<VariableView> & { filter: string }> {
    const { id } = await this.scope.open(actor, tenant, 'variables:read', { below: true, hints });
    const filter = `variables of ${id}`;
    const [after] = readCursor(cursor, filter, 1) ?? [];
    const rows = await this.repository.list(this.reader, id, after, limit + 1);
    const total = await this.repository.count(this.reader, id);
    const page = pageOf(rows, limit, total, ({ name }) => [name]);
    return { ...page, items: page.items.map(variableView), filter };
  }

  /**
   * Sets a variable; an equal value is no change.
   *
   * @throws AppError `variable_limit`
   */
  async set(
    actor: Actor,
    tenant: string,
    name: string,
    { value }: SetVariable,
    hints: TenantHints,
  ): Promise<VariableView> {
    const change = { actor, tenant, permission: 'variables:write', hints } as const;
    return this.changes.run(change, async (tx, row) => {
      const before = await this.repository.find(tx, row.id, name);
      if (before !== null && this.open(before) === value) return variableView(before);
      const next = this.sealed(row.id, name, value, before);
      if (before === null) {
        if ((await this.repository.count(tx, row.id)) >= MOST) throw tooManyVariables(MOST);
        await this.repository.add(tx, next);
      } else {
        await this.repository.update(tx, before, next);
      }
      const action = before === null ? 'variable.created' : 'variable.updated';
      await this.changed(tx, actor, action, row, name);
      return variableView(next);
    });
  }

  /** @throws AppError `variable_not_found` */
  async remove(
    actor: Actor,
    tenant: string,
    name: string,
    hints: TenantHints,
  ): Promise<{ deleted: string }> {
    const change = { actor, tenant, permission: 'variables:write', hints } as const;
    return this.changes.run(change, async (tx, row) => {
      if ((await this.repository.find(tx, row.id, name)) === null) throw variableNotFound();
      await this.repository.remove(tx, row.id, name);
      await this.changed(tx, actor, 'variable.deleted', row, name);
      return { deleted: name };
    });
  }

  override async variablesOf(tenantId: string): Promise<GivenVariables> {
    const rows = await this.repository.ofTenant(this.reader, tenantId);
    const values: Record<string, string> = {};
    const unreadable: string[] = [];
    for (const row of rows) {
      const value = this.open(row);
      if (value === undefined) unreadable.push(row.name);
      else values[row.name] = value;
    }
    return { values, stamp: stampOf(rows), unreadable };
  }

  /** The variables, of every tenant, that no key opens. */
  async unreadable(): Promise<Pick<TenantVariableEntity, 'tenantId' | 'name'>[]> {
    const rows = await this.repository.all(this.reader);
    return rows.filter((row) => this.open(row) === undefined);
  }

  /**
   * Seals with the key of now what the one before has sealed, so that it can be forgotten; for a
   * server that starts.
   */
  async reseal(): Promise<void> {
    const old = (await this.repository.all(this.reader)).filter(
      ({ sealed }) => !this.sealer.isCurrent(sealed),
    );
    for (const row of old) {
      const value = this.open(row);
      if (value === undefined) continue;
      const sealed = this.sealer.seal(value, placeOf(row));
      await this.units.run((tx) => this.repository.reseal(tx, row, sealed));
    }
    if (old.length > 0) this.logger.log('Variables sealed anew', { variables: old.length });
  }

  /** The value; undefined when it cannot be opened. */
  private open(row: TenantVariableEntity): string | undefined {
    try {
      return this.sealer.unseal(row.sealed, placeOf(row));
    } catch (error) {
      if (error instanceof UnsealError) return undefined;
      throw error;
    }
  }

  private sealed(
    tenantId: string,
    name: string,
    value: string,
    before: TenantVariableEntity | null,
  ): Omit<TenantVariableEntity, 'audience'> {
    const version = (before?.version ?? 0) + 1;
    const updatedAt = this.clock.nowIso();
    const sealed = this.sealer.seal(value, placeOf({ tenantId, name, version }));
    return {
      tenantId,
      name,
      sealed,
      version,
      createdAt: before?.createdAt ?? updatedAt,
      updatedAt,
    };
  }

  private async changed(
    tx: Tx,
    actor: Actor,
    action: string,
    { id, generation }: TenantEntity,
    name: string,
  ): Promise<void> {
    const updatedAt = this.clock.nowIso();
    await this.tenants.update(tx, id, { generation: generation + 1, updatedAt });
    await this.audit.record(tx, { actor, action, tenantId: id, target: name });
    await this.wakes.publish(tx, TENANT_TOPIC, id);
  }
}

function placeOf({ tenantId, name, version }: Place): SealedPlace {
  return { table: 'tenant_variables', row: `${tenantId}/node/${name}`, version };
}

/** Made of names, versions and times: values could be guessed from a fingerprint of them. */
function stampOf(rows: readonly TenantVariableEntity[]): string {
  if (rows.length === 0) return '';
  const parts = rows.map(({ name, version, updatedAt }) => [name, version, updatedAt]);
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}

function variableView({
  name,
  createdAt,
  updatedAt,
}: Omit<TenantVariableEntity, 'audience'>): VariableView {
  return { name, createdAt, updatedAt };
}
