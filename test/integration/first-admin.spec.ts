import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FirstAdminService } from '../../src/auth/first-admin.service.js';
import { Passwords } from '../../src/auth/passwords.js';
import { AuthConfig } from '../../src/config/auth.config.js';
import { ConfigError } from '../../src/config/config-error.js';
import { ReconciliationConfig } from '../../src/config/reconciliation.config.js';
import { openTestDatabase, type TestDatabase } from '../support/database.js';
import { type Doors, openDoors } from '../support/doors.js';

const PASSWORD = 'a password of the tests';

describe('the first admin', () => {
  let test: TestDatabase;
  let doors: Doors;
  beforeEach(async () => {
    test = await openTestDatabase();
    doors = openDoors(test);
  });
  afterEach(() => test.close());

  const service = (driver: string, adminPassword?: string) =>
    new FirstAdminService(
      doors.users,
      new Passwords(),
      doors.units,
      { adminEmail: 'admin@example.com', adminPassword } as AuthConfig,
      { driver } as ReconciliationConfig,
    );

  it('of an installation in a cluster needs a password that is set, on an empty database', async () => {
    const refused = service('kubernetes').refuseToGenerate();
    await expect(refused).rejects.toThrow(ConfigError);
    await expect(refused).rejects.toThrow(/NEXUS_ADMIN_PASSWORD must be set/);
    const set = service('kubernetes', PASSWORD);
    await set.refuseToGenerate();
    const kept: unknown[] = [];
    const admin = await set.ensure((one) => kept.push(one));
    expect(admin).toEqual({ email: 'admin@example.com', password: undefined });
    expect(kept).toEqual([admin]);
    // From then on nobody needs it.
    await service('kubernetes').refuseToGenerate();
    expect(await service('kubernetes').ensure(() => undefined)).toBeUndefined();
  });

  it.each(['local', 'none'])('is given a password elsewhere: %s', async (driver) => {
    await service(driver).refuseToGenerate();
    const admin = await service(driver).ensure(() => undefined);
    expect(admin?.password).toMatch(/^[\w-]{24}$/);
  });
});
