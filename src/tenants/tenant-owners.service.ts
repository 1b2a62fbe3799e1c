import { Injectable } from '@nestjs/common';
import { type AuditActor, AuditTrail } from '../audit/audit-trail.service.js';
import { Clock } from '../platform/clock/clock.js';
import { Reader, type Source, type Tx, UnitOfWork } from '../platform/database/unit-of-work.js';
import { WakeChannel } from '../platform/events/wake-channel.js';
import { NewAccountListener, NewAccounts } from '../users/new-accounts.service.js';
import { normalizeEmail, UsersService } from '../users/users.service.js';
import type { TenantEntity } from './tenant.entity.js';
import { TENANT_TOPIC } from './tenants.events.js';
import { TenantsRepository } from './tenants.repository.js';

const NEXUS: AuditActor = { kind: 'system', id: 'adoption', label: 'owner of the resource' };

/**
 * The first owners of tenants that came from the cluster: a resource names them by their address,
 * and one who has no account yet becomes the owner when there is one. Until then only admins see
 * the tenant.
 */
@Injectable()
export class TenantOwners extends NewAccountListener {
  constructor(
    private readonly repository: TenantsRepository,
    private readonly users: UsersService,
    private readonly audit: AuditTrail,
    private readonly wakes: WakeChannel,
    private readonly units: UnitOfWork,
    private readonly reader: Reader,
    private readonly clock: Clock,
    accounts: NewAccounts,
  ) {
    super();
    accounts.add(this);
  }

  /** The address that a tenant's resource names: of who has owned it the longest, or will. */
  async addressOf({ id, ownerEmail }: Readonly<TenantEntity>): Promise<string | null> {
    const owner = await this.repository.firstOwner(this.reader, id);
    if (owner === null) return ownerEmail;
    const user = await this.users.findById(owner.userId);
    return user?.email ?? ownerEmail;
  }

  /** Whether the owner that a tenant waits for has an account by now. */
  async isThere({ ownerEmail }: Readonly<TenantEntity>, source: Source): Promise<boolean> {
    if (ownerEmail === null) return false;
    return (await this.users.findByEmail(ownerEmail, source)) !== null;
  }

  /** Gives a tenant that waits its owner, as soon as there is an account. */
  async settle(tx: Tx, { id, ownerEmail }: Readonly<TenantEntity>): Promise<void> {
    if (ownerEmail === null) return;
    const user = await this.users.findByEmail(ownerEmail, tx);
    if (user !== null) await this.give(tx, id, user.id);
  }

  /** The same by itself. */
  async settleAlone(tenant: Readonly<TenantEntity>): Promise<void> {
    await this.units.run(async (tx) => {
      const row = await this.repository.lock(tx, tenant.id);
      if (row !== null) await this.settle(tx, row);
    });
  }

  override async accountMade(tx: Tx, { id, email }: { id: string; email: string }): Promise<void> {
    for (const tenant of await this.repository.waitingFor(tx, normalizeEmail(email))) {
      await this.give(tx, tenant.id, id);
    }
  }

  private async give(tx: Tx, tenantId: string, userId: string): Promise<void> {
    const role = 'owner';
    const createdAt = this.clock.nowIso();
    await this.repository.update(tx, tenantId, { ownerEmail: null });
    if ((await this.repository.roleOf(tx, tenantId, userId)) === undefined) {
      await this.repository.addMember(tx, { tenantId, userId, role, createdAt });
      const entry = { actor: NEXUS, tenantId, target: userId, detail: { role } };
      await this.audit.record(tx, { ...entry, action: 'member.added' });
    }
    await this.wakes.publish(tx, TENANT_TOPIC, tenantId);
  }
}
