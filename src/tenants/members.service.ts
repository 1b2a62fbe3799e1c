import { Injectable } from '@nestjs/common';
import { type Actor, isPlatformAdmin } from '../access/actor.js';
import type { Permission } from '../access/permissions.js';
import { type TenantHints, TenantScope } from '../access/tenant-scope.js';
import { AuditTrail } from '../audit/audit-trail.service.js';
import { AuthConfig } from '../config/auth.config.js';
import { TenantsConfig } from '../config/tenants.config.js';
import { Clock } from '../platform/clock/clock.js';
import { Reader, type Tx } from '../platform/database/unit-of-work.js';
import { type Page, pageOf, readCursor } from '../platform/http/pagination.js';
import type { RateLimit } from '../platform/rate-limit/rate-limit.rules.js';
import { RateLimits } from '../platform/rate-limit/rate-limits.service.js';
import { type User, UsersService } from '../users/users.service.js';
import {
  lastOwner,
  memberExists,
  memberNotFound,
  noSuchAccount,
  ownsTooMany,
} from './members.errors.js';
import { MembersRepository } from './members.repository.js';
import type { AddMember, ChangeMember, ListMembersQuery, MemberView } from './members.schemas.js';
import { TenantChanges } from './tenant-changes.service.js';
import type { TenantMemberEntity } from './tenant-member.entity.js';
import { TenantsRepository } from './tenants.repository.js';

/** What a cursor of members is bound to. */
export const membersFilter = (tenantId: string): string => `members of ${tenantId}`;

/**
 * The members of tenants. Every tenant keeps an owner who can log in, and nobody is made the owner
 * of more tenants than `NEXUS_TENANTS_PER_USER`, unless an admin says so.
 */
@Injectable()
export class MembersService {
  /** Whoever asks for addresses could learn who has an account. */
  private readonly asking: RateLimit;

  constructor(
    private readonly repository: MembersRepository,
    private readonly tenants: TenantsRepository,
    private readonly changes: TenantChanges,
    private readonly scope: TenantScope,
    private readonly users: UsersService,
    private readonly audit: AuditTrail,
    private readonly reader: Reader,
    private readonly clock: Clock,
    private readonly limits: RateLimits,
    private readonly config: TenantsConfig,
    { ratePerMinute }: AuthConfig,
  ) {
    this.asking = { name: 'member-address', attempts: ratePerMinute, perSeconds: 60 };
  }

  async list(
    actor: Actor,
    tenant: string,
    { limit, cursor }: ListMembersQuery,
    hints: TenantHints,
  ): Promise<Page<MemberView> & { filter: string }> {
    const { id } = await this.scope.open(actor, tenant, 'members:read', { below: true, hints });
    const filter = membersFilter(id);
    const after = readCursor(cursor, filter, 2);
    const rows = await this.repository.list(this.reader, id, after, limit + 1);
    const total = await this.repository.count(this.reader, id);
    const page = pageOf(rows, limit, total, ({ createdAt, userId }) => [createdAt, userId]);
    const users = await this.users.findMany(page.items.map(({ userId }) => userId));
    const items = page.items.flatMap((row) => {
      const user = users.get(row.userId);
      return user === undefined ? [] : [memberView(row, user)];
    });
    return { ...page, items, filter };
  }

  /** @throws AppError `rate_limited`, `user_not_found`, `member_exists`, `tenant_limit` */
  async add(
    actor: Actor,
    tenant: string,
    { email, role }: AddMember,
    hints: TenantHints,
  ): Promise<MemberView> {
    if (!isPlatformAdmin(actor)) await this.limits.take(this.asking, actor.id);
    const change = { actor, tenant, permission: 'members:write', hints } as const;
    return this.changes.run(change, async (tx, { id: tenantId }) => {
      const user = await this.users.findByEmail(email, tx);
      if (user === null) throw noSuchAccount();
      if ((await this.repository.find(tx, tenantId, user.id)) !== null) throw memberExists();
      if (role === 'owner') await this.refuseBeyondLimit(tx, actor, user);
      const row = { tenantId, userId: user.id, role, createdAt: this.clock.nowIso() };
      await this.repository.add(tx, row);
      await this.record(tx, actor, 'member.added', row, { role });
      return memberView(row, user);
    });
  }

  /** @throws AppError `member_not_found`, `last_owner`, `tenant_limit` */
  async change(
    actor: Actor,
    tenant: string,
    userId: string,
    { role }: ChangeMember,
    hints: TenantHints,
  ): Promise<MemberView> {
    const change = { actor, tenant, permission: 'members:write', hints } as const;
    return this.changes.run(change, async (tx, { id: tenantId }) => {
      const { member, user } = await this.get(tx, tenantId, userId);
      if (member.role === role) return memberView(member, user);
      if (member.role === 'owner') await this.refuseLastOwner(tx, tenantId, userId);
      if (role === 'owner') await this.refuseBeyondLimit(tx, actor, user);
      await this.repository.setRole(tx, tenantId, userId, role);
      await this.record(tx, actor, 'member.updated', member, { role, before: member.role });
      return memberView({ ...member, role }, user);
    });
  }

  /**
   * Takes a member out; it holds from the next request on. Everybody may take themselves out. Keys
   * that the person made stay.
   *
   * @throws AppError `member_not_found`, `last_owner`
   */
  async remove(
    actor: Actor,
    tenant: string,
    userId: string,
    hints: TenantHints,
  ): Promise<{ removed: string }> {
    const leaving = actor.kind === 'user' && actor.id === userId;
    const permission: Permission = leaving ? 'tenants:read' : 'members:write';
    return this.changes.run({ actor, tenant, permission, hints }, async (tx, { id: tenantId }) => {
      const { member } = await this.get(tx, tenantId, userId);
      if (member.role === 'owner') await this.refuseLastOwner(tx, tenantId, userId);
      await this.repository.remove(tx, tenantId, userId);
      await this.record(tx, actor, 'member.removed', member, { role: member.role });
      return { removed: userId };
    });
  }

  private async get(
    tx: Tx,
    tenantId: string,
    userId: string,
  ): Promise<{ member: TenantMemberEntity; user: User }> {
    const member = await this.repository.find(tx, tenantId, userId);
    const user = await this.users.findById(userId, tx);
    if (member === null || user === null) throw memberNotFound();
    return { member, user };
  }

  /** Owners who cannot log in are none that could help. */
  private async refuseLastOwner(tx: Tx, tenantId: string, userId: string): Promise<void> {
    const owners = await this.repository.owners(tx, tenantId);
    const others = owners.map((owner) => owner.userId).filter((id) => id !== userId);
    const users = await this.users.findMany(others, tx);
    if (![...users.values()].some(({ disabled }) => !disabled)) throw lastOwner();
  }

  private async refuseBeyondLimit(tx: Tx, actor: Actor, user: User): Promise<void> {
    if (isPlatformAdmin(actor) || user.role === 'admin') return;
    await this.users.lock(tx, user.id);
    const { perUser } = this.config;
    if ((await this.tenants.countOwned(tx, user.id)) >= perUser) throw ownsTooMany(perUser);
  }

  private async record(
    tx: Tx,
    actor: Actor,
    action: string,
    { tenantId, userId }: TenantMemberEntity,
    detail: Record<string, string>,
  ): Promise<void> {
    await this.audit.record(tx, { actor, action, tenantId, target: userId, detail });
  }
}

function memberView({ userId, role, createdAt }: TenantMemberEntity, user: User): MemberView {
  const { email, displayName } = user;
  return { userId, email, displayName, role: role as MemberView['role'], createdAt };
}
