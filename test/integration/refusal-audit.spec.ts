import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AuditRepository } from '../../src/audit/audit.repository.js';
import { RefusalAudit } from '../../src/audit/refusals.service.js';
import type { Refusal } from '../../src/platform/http/refusals.js';
import { openTestDatabase, type TestDatabase } from '../support/database.js';
import { ManualClock } from '../support/manual-clock.js';
import { silentLogger } from '../support/silent-logger.js';
import { until } from '../support/until.js';

const refusal = (more: Partial<Refusal> = {}): Refusal => ({
  actor: { kind: 'user', id: 'usr_1', label: 'ada@example.com' },
  operation: 'listAudit',
  method: 'GET',
  path: '/api/v1/audit',
  status: 403,
  code: 'permission_missing',
  requestId: 'r1',
  address: '10.0.0.1',
  ...more,
});

describe('the audit of refusals', () => {
  let test: TestDatabase;
  let clock: ManualClock;
  let audit: RefusalAudit;
  beforeEach(async () => {
    test = await openTestDatabase();
    clock = new ManualClock();
    audit = new RefusalAudit(new AuditRepository(), test.database.units, clock, silentLogger());
  });
  afterEach(() => test.close());

  const entries = () => new AuditRepository().list(test.database.reader, {}, undefined, 1000);
  const whenThere = (count: number) =>
    until(`${count} entries`, async () => {
      const found = await entries();
      return found.length >= count ? found : undefined;
    });

  it('sums up at the end of each minute, and keeps no timer when there is nothing', async () => {
    const unknown = { actor: undefined, status: 401, code: 'credential_invalid' };
    for (let n = 0; n < 61; n++) audit.refused(refusal());
    audit.refused(refusal(unknown));
    await whenThere(60);
    expect(clock.timers).toBe(1);
    await clock.advance(59_999);
    expect(await entries()).toHaveLength(60);
    await clock.advance(1);
    const [address, many] = await whenThere(62);
    expect(address).toMatchObject({ actorKind: 'address', actorId: '10.0.0.1' });
    expect(many).toMatchObject({ action: 'refused.many', outcome: 'refused' });
    expect(clock.timers).toBe(0);
    audit.refused(refusal({ requestId: 'r2' }));
    expect((await whenThere(63))[0]).toMatchObject({ requestId: 'r2', action: 'listAudit' });
    await audit.onApplicationShutdown();
    expect(clock.timers).toBe(0);
    expect(await entries()).toHaveLength(63);
  });

  it('waits for what is being written when the server stops', async () => {
    audit.refused(refusal());
    audit.refused(refusal({ actor: undefined, status: 401 }));
    await audit.onApplicationShutdown();
    expect(await entries()).toHaveLength(2);
  });

  it('shortens and blanks what was asked for', async () => {
    const path = `/api/v1/tenants/nxk_${'a'.repeat(43)}/${'x'.repeat(1000)}`;
    audit.refused(refusal({ path }));
    const [entry] = await whenThere(1);
    expect(entry?.target).toHaveLength(500);
    expect(entry?.target).toContain('/[redacted]/xxx');
  });

  it('never fails for the caller', async () => {
    await test.database.close();
    expect(() => audit.refused(refusal())).not.toThrow();
    await audit.onApplicationShutdown();
  });
});
