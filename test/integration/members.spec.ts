import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { UserActor } from '../../src/access/actor.js';
import { AuditTrail } from '../../src/audit/audit-trail.service.js';
import { AuditRepository } from '../../src/audit/audit.repository.js';
import { AuthConfig } from '../../src/config/auth.config.js';
import { TenantsConfig } from '../../src/config/tenants.config.js';
import { SystemClock } from '../../src/platform/clock/system-clock.js';
import { WakeChannel } from '../../src/platform/events/wake-channel.js';
import { RateLimitsRepository } from '../../src/platform/rate-limit/rate-limits.repository.js';
import { RateLimits } from '../../src/platform/rate-limit/rate-limits.service.js';
import { MemberTenantScope } from '../../src/tenants/member-tenant-scope.js';
import { MembersRepository } from '../../src/tenants/members.repository.js';
import { MembersService } from '../../src/tenants/members.service.js';
import { TenantChanges } from '../../src/tenants/tenant-changes.service.js';
import { TenantMemberEntity } from '../../src/tenants/tenant-member.entity.js';
import { TenantEntity } from '../../src/tenants/tenant.entity.js';
import { TenantsRepository } from '../../src/tenants/tenants.repository.js';
import { NewAccounts } from '../../src/users/new-accounts.service.js';
import { UserEntity } from '../../src/users/user.entity.js';
import { UsersRepository } from '../../src/users/users.repository.js';
import { UsersService } from '../../src/users/users.service.js';
import { openTestDatabase, type TestDatabase } from '../support/database.js';
import { tenantRow, userRow } from '../support/rows.js';

const asUser = (id: string): UserActor => ({
  kind: 'user',
  id,
  label: id,
  sessionId: 's',
  admin: false,
});

// What takes accounts that cannot log in, and permissions that vanish while somebody waits.
describe('the members of a tenant', () => {
  let test: TestDatabase;
  let members: MembersService;
  let scope: MemberTenantScope;
  beforeEach(async () => {
    test = await openTestDatabase();
    const { units, reader } = test.database;
    const clock = new SystemClock();
    const audit = new AuditTrail(new AuditRepository(), clock);
    const tenants = new TenantsRepository();
    scope = new MemberTenantScope(tenants, reader);
    members = new MembersService(
      new MembersRepository(),
      tenants,
      new TenantChanges(tenants, scope, units),
      scope,
      new UsersService(
        new UsersRepository(),
        audit,
        new WakeChannel(clock),
        reader,
        clock,
        new NewAccounts(),
      ),
      audit,
      reader,
      clock,
      new RateLimits(new RateLimitsRepository(), units, reader, clock),
      { perUser: 10 } as TenantsConfig,
      { ratePerMinute: 0 } as AuthConfig,
    );
    await units.run(async (tx) => {
      await tx.manager.insert(TenantEntity, tenantRow());
      for (const id of ['usr_a', 'usr_b', 'usr_c']) {
        await tx.manager.insert(UserEntity, userRow(id));
        const row = { tenantId: 't_1', userId: id, role: 'owner', createdAt: '2026-01-01' };
        await tx.manager.insert(TenantMemberEntity, row);
      }
    });
  });
  afterEach(() => test.close());

  const disable = (...ids: string[]) =>
    test.database.units.run(async (tx) => {
      for (const id of ids) await tx.manager.update(UserEntity, { id }, { disabled: true });
    });

  it('keep an owner who can log in, not just any', async () => {
    await disable('usr_b', 'usr_c');
    const leave = members.remove(asUser('usr_a'), 't_1', 'usr_a', {});
    await expect(leave).rejects.toMatchObject({ code: 'last_owner' });
    const demoted = members.change(asUser('usr_a'), 't_1', 'usr_a', { role: 'viewer' }, {});
    await expect(demoted).rejects.toMatchObject({ code: 'last_owner' });
    await members.remove(asUser('usr_a'), 't_1', 'usr_b', {});
    const page = await members.list(asUser('usr_a'), 't_1', { limit: 10 }, {});
    expect(page.items.map(({ userId }) => userId)).toEqual(['usr_a', 'usr_c']);
  });

  it('are not changed by somebody who was removed while waiting', async () => {
    const looks = vi.spyOn(scope, 'open');
    const outcome = { late: Promise.resolve<unknown>(undefined) };
    await test.database.units.run(async (tx) => {
      await new TenantsRepository().lock(tx, 't_1');
      outcome.late = members
        .remove(asUser('usr_b'), 't_1', 'usr_c', {})
        .catch((error: unknown) => error);
      await expect.poll(() => looks).toHaveBeenCalled();
      await looks.mock.results[0]?.value;
      await new MembersRepository().remove(tx, 't_1', 'usr_b');
    });
    expect(await outcome.late).toMatchObject({ code: 'tenant_not_found' });
    const { items } = await members.list(asUser('usr_a'), 't_1', { limit: 10 }, {});
    expect(items.map(({ userId }) => userId)).toEqual(['usr_a', 'usr_c']);
  });
});
