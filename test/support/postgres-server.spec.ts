import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import pg from 'pg';
import { expect, it } from 'vitest';
import { startPostgres } from './postgres-server.js';

async function ask(url: string, sql: string): Promise<unknown> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<Record<string, unknown>>(sql);
    return rows[0];
  } finally {
    await client.end();
  }
}

it('serves, and leaves nothing when it is stopped', async () => {
  const { url, folder, stop } = await startPostgres();
  expect(await ask(url, 'SELECT 1 AS one')).toEqual({ one: 1 });
  expect(await ask(url, 'SHOW max_connections')).toEqual({ max_connections: '200' });
  await stop();
  expect(existsSync(folder)).toBe(false);
  await expect(ask(url, 'SELECT 1')).rejects.toThrow(/ECONNREFUSED/);
});

it('ends with the process that started it, even when that is killed', async () => {
  const module = pathToFileURL(path.resolve('test/support/postgres-server.ts')).href;
  const hooks = pathToFileURL(path.resolve('test/support/typescript-hooks.mjs')).href;
  const script = `import { startPostgres } from '${module}';
    const { url, folder } = await startPostgres();
    console.log(JSON.stringify({ url, folder }));
    setInterval(() => undefined, 1000);`;
  const child = spawn(process.execPath, ['--import', hooks, '--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const line = await new Promise<string>((resolve) => child.stdout.once('data', resolve));
  const { url, folder } = JSON.parse(line) as { url: string; folder: string };
  expect(await ask(url, 'SELECT 1 AS one')).toEqual({ one: 1 });
  child.kill('SIGKILL');
  await expect.poll(() => existsSync(folder), { timeout: 15_000 }).toBe(false);
  await expect(ask(url, 'SELECT 1')).rejects.toThrow(/ECONNREFUSED/);
});
