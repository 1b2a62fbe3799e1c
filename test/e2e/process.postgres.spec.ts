import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { freshDatabase } from '../support/postgres.js';
import { runServer } from '../support/server-process.js';

it('a server takes the address of its database out of a file', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'nexus-url-'));
  const database = await freshDatabase();
  onTestFinished(async () => {
    await database.drop();
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  });
  const file = path.join(folder, 'database-url');
  await writeFile(file, `${database.url}\n`, { mode: 0o600 });
  const settings = {
    NEXUS_PORT: '0',
    NEXUS_DATA_DIR: path.join(folder, 'data'),
    DATABASE_URL_FILE: file,
  };
  const until = /Nexus is ready/;
  const first = await runServer(settings, { until });
  expect(first.code).toBe(0);
  expect(first.output).toContain('Database migrated');
  expect(existsSync(path.join(folder, 'data', 'nexus.db'))).toBe(false);
  const direct = { ...settings, DATABASE_URL_FILE: '', DATABASE_URL: database.url };
  const second = await runServer(direct, { until });
  expect(second.code).toBe(0);
  expect(second.output).not.toContain('Database migrated');
  const both = await runServer({ ...direct, DATABASE_URL_FILE: file });
  expect(both.code).toBe(78);
  expect(both.output).toContain('DATABASE_URL and DATABASE_URL_FILE are both set');
});
