import { existsSync, readdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Acknowledged } from '../soak/acknowledged.js';
import { addBulk } from '../soak/bulk.js';
import { sleep } from '../soak/kills.js';
import { fingerprint } from '../soak/older-database.js';
import { SoakWorld } from '../soak/world.js';
import { nexusAdmin } from '../support/admin.js';
import { expectData, sdk } from '../support/api.js';
import { documentedFetch } from '../support/documented.js';
import { Random } from '../support/random.js';
import { ServerRows } from '../support/server-rows.js';
import { TestServer } from '../support/server.js';

/** Of the rows that make a migration slow: so many that writing them takes a while. */
const SHARE = 0.15;
const LOAD_AROUND_MS = 500;
const KILLS = 3;
/** A restore is over in some seconds. */
const KILLED_MS = [500, 2_000] as const;

// Every change has a request id, which the audit of the restored server tells: so it is known
// which of them are in the backup, and whether there was a moment with exactly these.
describe('a backup that is taken under load', () => {
  const random = Random.printed('backup under load');
  let folder = '';
  let file = '';
  let server: TestServer;
  let restored: TestServer;
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'nexus-backup-'));
    server = await TestServer.start({ driver: 'none' });
    restored = await TestServer.create({ driver: 'none' });
  });
  afterAll(async () => {
    await server.close();
    await restored.close();
    await rm(folder, { recursive: true, maxRetries: 5 });
  });

  it('is restored and started as of one moment while it was taken', async () => {
    const model = new Acknowledged(true);
    const world = await SoakWorld.create(server, random, documentedFetch, model);
    const rows = await ServerRows.of(server);
    await addBulk(rows, SHARE);
    await rows.close();
    const working = world.work();
    working.catch(() => undefined);
    await sleep(LOAD_AROUND_MS);
    file = path.join(folder, 'busy.gz');
    const beganMs = performance.now();
    const backup = await nexusAdmin(server.settings, ['backup', file]);
    const endedMs = performance.now();
    await sleep(LOAD_AROUND_MS);
    await server.kill();
    await working;
    expect(backup).toMatchObject({ code: 0 });

    expect(await nexusAdmin(restored.settings, ['restore', file])).toMatchObject({ code: 0 });
    expect(await nexusAdmin(restored.settings, ['check'])).toMatchObject({ code: 0 });
    await restored.run();
    world.moveTo(restored);
    const { afterMs, beforeMs } = await world.lookBack();
    expect(afterMs).toBeLessThan(endedMs);
    expect(beforeMs).toBeGreaterThan(beganMs);
    // The load went on while it was taken.
    const meanwhile = model.history.filter(
      (one) => one.endedMs > beforeMs && one.endedMs < endedMs,
    );
    expect(meanwhile.length).toBeGreaterThan(0);
    const { client, body } = { client: world.callers.admin, body: { displayName: 'Later' } };
    expectData(await sdk.createTenant({ client, body }), 201);
    expect(await restored.stop()).toBe(0);
  });

  it('is restored whole or not at all when that is killed', async () => {
    const { print: later, columns } = await fingerprint(restored);
    const restore = ['restore', file, '--force'];
    const changed: unknown[] = [];
    for (let kill = 0; kill < KILLS; kill++) {
      const { code } = await nexusAdmin(
        restored.settings,
        restore,
        '',
        random.between(...KILLED_MS),
      );
      const { print } = await fingerprint(restored, columns);
      if (!isDeepStrictEqual(print, later)) changed.push(whatWasRestored(print));
      if (code !== null) break;
    }
    expect(await nexusAdmin(restored.settings, restore)).toMatchObject({ code: 0 });
    const { print } = await fingerprint(restored, columns);
    expect(print).not.toEqual(later);
    // Done in time, or killed when all was done, it has what the backup has.
    expect(changed).toEqual(changed.map(() => whatWasRestored(print)));
    expect(await nexusAdmin(restored.settings, ['check'])).toMatchObject({ code: 0 });
  });

  it('leaves no file of its name when it is killed', async () => {
    const again = path.join(folder, 'again.gz');
    const backup = ['backup', again];
    const { code } = await nexusAdmin(restored.settings, backup, '', random.between(...KILLED_MS));
    expect(existsSync(again)).toBe(code === 0);
    expect(await nexusAdmin(restored.settings, backup)).toMatchObject({ code: 0 });
    expect(readdirSync(folder).sort()).toEqual(['again.gz', 'busy.gz']);
  });
});

/** All rows by table, but for the line that says when they were restored. */
function whatWasRestored(print: ReadonlyMap<string, string>): string[][] {
  const isTold = (line: string): boolean => !line.includes('"database.restored"');
  return [...print].map(([table, rows]) => [table, ...rows.split('\n').filter(isTold)]);
}
