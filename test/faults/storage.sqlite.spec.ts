import { copyFile, open, readFile, rename, rm, stat, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  clientOf,
  expectData,
  expectError,
  newPerson,
  type Person,
  readyTenant,
  sdk,
  tenantWhen,
  until,
} from '../support/api.js';
import {
  boundFolder,
  breakDisk,
  diskFolder,
  noDisks,
  noMounts,
  readOnlyFolder,
  seenBy,
  smallFolder,
  unmountBelow,
} from '../support/mounts.js';
import { processesOf } from '../support/processes.js';
import { TestServer, type TestServerOptions } from '../support/server.js';

const START_REFUSED = /exited with 78/;
const NO_MOUNTS = noMounts();
const NO_DISKS = noDisks();

// The disk below the database misbehaves. What can be read is read, what cannot be kept is refused
// and never acknowledged, and readiness says what is wrong.
describe('a server on SQLite', () => {
  let server: TestServer;
  let owner: Person;
  let kept: string[];
  afterEach(() => server.close());

  const start = async (options: TestServerOptions = {}): Promise<void> => {
    server = await TestServer.start({ driver: 'none', ...options });
    owner = await newPerson(server);
    kept = [];
    await create();
  };
  const startAgain = async (): Promise<void> => {
    await server.run();
    owner = { ...owner, client: clientOf(server, owner.headers) };
  };
  const write = () =>
    sdk.createTenant({
      client: owner.client,
      body: { displayName: 'A tenant of some length, so that the disk is soon full' },
    });
  /** Makes a tenant, and remembers that it was acknowledged. */
  const create = async (): Promise<void> => {
    kept.push(expectData(await write(), 201).id);
  };
  const expectRefusedWrite = async (): Promise<void> => {
    const began = Date.now();
    const answer = await write();
    expectError(answer, 503, 'storage_unavailable');
    expect(Number(answer.response?.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(Date.now() - began).toBeLessThan(5_000);
  };
  const expectKept = async (): Promise<void> => {
    const query = { limit: 200 };
    const tenants = expectData(await sdk.listTenants({ client: owner.client, query }), 200);
    expect(tenants.map(({ id }) => id).toSorted()).toEqual(kept.toSorted());
  };
  const expectReady = async (): Promise<void> => {
    expectData(await sdk.ready({ client: owner.client }), 200);
  };
  const expectNotReady = async (why: string): Promise<void> => {
    const answer = await sdk.ready({ client: owner.client });
    const { checks } = expectError(answer, 503, 'not_ready') as unknown as { checks: object };
    expect(checks).toMatchObject({ database: why });
  };
  const expectRefusedStart = async (...words: RegExp[]): Promise<void> => {
    const before = server.lines.length;
    await expect(server.run()).rejects.toThrow(START_REFUSED);
    const said = server.lines.slice(before).join('\n');
    for (const word of words) expect(said).toMatch(word);
    expect(said).not.toMatch(/\bat .+\.js:\d+/);
  };

  describe.skipIf(NO_MOUNTS !== undefined)('whose data folder', () => {
    it('is full refuses writes, reads on, and writes again when there is room', async () => {
      await start({ mounts: (folder) => smallFolder(folder, 8) });
      const filler = seenBy(server.pid, path.join(server.dataDir, 'data', 'filler'));
      await expectReady();
      await fill(filler);
      const refused = await until('a write is refused', async () => {
        const answer = await write();
        if (answer.data === undefined) return answer;
        kept.push(answer.data.id);
        return undefined;
      });
      expectError(refused, 503, 'storage_unavailable');
      await expectRefusedWrite();
      await expectNotReady('the disk is full');
      await expectKept();
      expectData(await sdk.alive({ client: owner.client }), 200);
      await rm(filler);
      await create();
      await expectReady();
      await expectKept();
    });

    it('gets room while nobody writes is ready again', async () => {
      await start({ mounts: (folder) => smallFolder(folder, 8) });
      const filler = seenBy(server.pid, path.join(server.dataDir, 'data', 'filler'));
      await fill(filler);
      await until('a write is refused', async () => (await write()).error !== undefined);
      await expectNotReady('the disk is full');
      await rm(filler);
      await expectReady();
    });

    it('is read-only at the start is told what to do', async () => {
      await start();
      await server.stop();
      const before = await readFile(server.databaseFile);
      const folder = path.join(server.dataDir, 'data');
      server.mount(readOnlyFolder(folder));
      await expectRefusedStart(/NEXUS_DATA_DIR \S+ cannot be written: .*read-only/, /mount it/);
      expect(await readFile(server.databaseFile)).toEqual(before);
      server.mount(undefined);
      await startAgain();
      await expectKept();
    });

    it('is unmounted while it runs acknowledges nothing, and goes on when it is mounted', async () => {
      await start({ mounts: boundFolder });
      const mountAgain = unmountBelow(server.pid, path.join(server.dataDir, 'data'));
      await expectRefusedWrite();
      await expectNotReady('the database file is gone');
      expectData(await sdk.alive({ client: owner.client }), 200);
      await expectRefusedWrite();
      mountAgain();
      await create();
      await expectReady();
      await expectKept();
      await server.kill();
      await startAgain();
      await expectKept();
    });
  });

  it.skipIf(NO_DISKS !== undefined)(
    'whose file system fails and is read-only from then on reads on, and has lost nothing',
    async () => {
      // With nodes, which write there as well.
      await start({ mounts: diskFolder, driver: 'local' });
      kept.push((await readyTenant(owner.client)).id);
      await expectReady();
      breakDisk(server.pid, path.join(server.dataDir, 'data'));
      await expectRefusedWrite();
      await expectKept();
      await expectNotReady('the data folder is read-only');
      await expectRefusedWrite();
      expectData(await sdk.alive({ client: owner.client }), 200);
      // As an admin would: it stops, the file system is mended and mounted, it starts.
      expect(await server.stop()).toBe(0);
      expect(processesOf(server.dataDir)).toEqual([]);
      await startAgain();
      await expectKept();
      await create();
      await expectReady();
      for (const id of kept) await tenantWhen(owner.client, id, ({ ready }) => ready);
    },
  );

  describe('whose data folder', () => {
    beforeEach(() => start());

    it('is gone acknowledges nothing, and goes on when it is back', async () => {
      const folder = path.join(server.dataDir, 'data');
      await rename(folder, `${folder}.away`);
      await expectRefusedWrite();
      await expectNotReady('the database file is gone');
      await rename(`${folder}.away`, folder);
      await create();
      await expectReady();
      await expectKept();
    });

    it('loses the database file acknowledges nothing', async () => {
      await rm(server.databaseFile);
      await expectRefusedWrite();
      await expectNotReady('the database file is gone');
    });

    it('gets another database file acknowledges nothing', async () => {
      await copyFile(server.databaseFile, `${server.databaseFile}.copy`);
      await rename(`${server.databaseFile}.copy`, server.databaseFile);
      await expectRefusedWrite();
      await expectNotReady('the database file was replaced');
    });

    it('holds a file that is cut short while it runs acknowledges nothing', async () => {
      // So that the file itself, not only its log, holds something.
      await server.stop();
      await startAgain();
      await create();
      const { size } = await stat(server.databaseFile);
      await truncate(server.databaseFile, Math.floor(size / 2));
      await expectRefusedWrite();
      await expectNotReady('the database file is damaged');
    });
  });

  it('whose file turns into rubbish while it runs acknowledges nothing once it has noticed', async () => {
    await start();
    // So that the file itself holds everything, and the log nothing.
    await server.stop();
    await startAgain();
    const { size } = await stat(server.databaseFile);
    await overwrite(server.databaseFile, 4096, size - 4096);
    await until('it notices', async () => (await write()).response?.status === 503);
    await expectRefusedWrite();
    await expectNotReady('the database file is damaged');
    await server.stop();
    const damaged = await readFile(server.databaseFile);
    await expectRefusedStart(/is damaged/, /nexus-admin restore FILE/);
    expect(await readFile(server.databaseFile)).toEqual(damaged);
  });

  describe('is refused at the start, with what to do and without a change, when its file', () => {
    const damages: readonly [string, RegExp, (file: string, size: number) => Promise<void>][] = [
      ['is empty', /has only 0 bytes/, (file) => truncate(file, 0)],
      ['is cut short', /end is missing/, (file, size) => truncate(file, size / 2)],
      ['is something else', /no SQLite/, (file) => writeFile(file, 'something else '.repeat(1000))],
      ['has a page of rubbish', /is damaged/, (file, size) => overwrite(file, size / 2, 4096)],
      ['has a broken schema', /is damaged/, (file) => overwrite(file, 100, 3000)],
    ];
    it.each(damages)('%s', async (_what, why, damage) => {
      await start();
      await server.stop();
      const file = server.databaseFile;
      const whole = await readFile(file);
      await damage(file, whole.length);
      const damaged = await readFile(file);
      expect(damaged).not.toEqual(whole);
      await expectRefusedStart(why, /nexus-admin restore FILE/);
      expect(await readFile(file)).toEqual(damaged);
      await writeFile(file, whole);
      await startAgain();
      await expectKept();
    });

    it('is gone from beside its log', async () => {
      await start();
      await server.kill();
      const log = await readFile(`${server.databaseFile}-wal`);
      await rename(server.databaseFile, `${server.databaseFile}.away`);
      await expectRefusedStart(
        /it is gone, and its log is still there/,
        /nexus-admin restore FILE/,
      );
      expect(await readFile(`${server.databaseFile}-wal`)).toEqual(log);
      await rename(`${server.databaseFile}.away`, server.databaseFile);
      await startAgain();
      await expectKept();
    });
  });
});

/** Takes all the room that is left. */
async function fill(file: string): Promise<void> {
  const handle = await open(file, 'w');
  try {
    for (;;) await handle.write(Buffer.alloc(4096, 1));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
  } finally {
    await handle.close();
  }
}

async function overwrite(file: string, at: number, bytes: number): Promise<void> {
  const handle = await open(file, 'r+');
  const page = Math.floor(at / 4096) * 4096;
  await handle.write(Buffer.alloc(bytes, 0xa5), 0, bytes, at < 4096 ? at : page);
  await handle.close();
}
