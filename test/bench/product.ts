/** The built server, as `npm start` runs it, on a database of the bench. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { execute } from './databases.js';
import { exitOf, stop } from './child.js';

const SERVER = path.resolve('dist/main.js');
/** As in `scripts/start.mjs`. */
const FLAGS = [
  '--enable-source-maps',
  '--max-semi-space-size=8',
  '--no-parallel-scavenge',
  '--max-old-space-size=1500',
  '--concurrent-marking-max-worker-num=1',
  '--heap-growing-percent=150',
  '--expose-gc',
];
const READY_WITHIN_MS = 120_000;
const PORTS = '22000-23999';

/** The admin of every server of the bench. */
export const ADMIN = { email: 'admin@nexus.bench', password: 'the admin of the bench' };

/** Which database a run is about; PostgreSQL by the URL of a superuser. */
export type Backing = { kind: 'sqlite' } | { kind: 'postgres'; adminUrl: string };

type Drives = 'local' | 'kubernetes' | 'none';

/** A server that can be stopped and started again over the same data. */
export class Product {
  url = '';
  /** Where its metrics are. */
  metricsUrl = '';
  private child: ChildProcess | undefined;

  private constructor(
    private readonly folder: string,
    private readonly backing: Backing,
    private readonly databaseName: string,
    private readonly more: Readonly<Record<string, string>>,
  ) {}

  /**
   * Makes an empty database; nothing runs yet.
   *
   * @param more settings than those of every bench
   */
  static async create(
    backing: Backing,
    more: Readonly<Record<string, string>> = {},
  ): Promise<Product> {
    const folder = await mkdtemp(path.join(tmpdir(), 'nexus-bench-'));
    const name = path.basename(folder).toLowerCase().replaceAll('-', '_');
    if (backing.kind === 'postgres') await execute(backing.adminUrl, `CREATE DATABASE ${name}`);
    return new Product(folder, backing, name, more);
  }

  get pid(): number {
    return this.child?.pid ?? 0;
  }

  get sqliteFile(): string {
    return path.join(this.folder, 'data', 'nexus.db');
  }

  /** Undefined on SQLite. */
  get databaseUrl(): string | undefined {
    if (this.backing.kind === 'sqlite') return undefined;
    const url = new URL(this.backing.adminUrl);
    url.pathname = `/${this.databaseName}`;
    return url.toString();
  }

  /**
   * Starts the process and waits until it says that it is ready.
   *
   * @param flags of Node, for example those of its profiler
   * @returns milliseconds from the start of the process on
   */
  async start(driver: Drives, flags: readonly string[] = []): Promise<number> {
    const { PATH = '', HOME = '' } = process.env;
    const startedMs = performance.now();
    const child = spawn(process.execPath, [...FLAGS, ...flags, SERVER], {
      cwd: this.folder,
      env: { PATH, HOME, UV_THREADPOOL_SIZE: '8', MALLOC_ARENA_MAX: '2', ...this.settings(driver) },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.child = child;
    Object.assign(this, await ready(child));
    return performance.now() - startedMs;
  }

  async stop(): Promise<void> {
    if (this.child !== undefined) await stop(this.child);
  }

  /** Has PostgreSQL do at once what it does by itself in the minutes after so many rows. */
  async tidy(): Promise<void> {
    const { databaseUrl } = this;
    if (databaseUrl === undefined) return;
    for (const work of ['VACUUM ANALYZE', 'CHECKPOINT']) await execute(databaseUrl, work);
  }

  /** Stops for good: process, nodes, folder and database. */
  async remove(): Promise<void> {
    await this.stop();
    if (this.backing.kind === 'postgres') {
      await execute(this.backing.adminUrl, `DROP DATABASE ${this.databaseName} WITH (FORCE)`);
    }
    await rm(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }

  private settings(driver: Drives): Record<string, string> {
    return {
      NEXUS_PORT: '0',
      NEXUS_METRICS_PORT: '0',
      NEXUS_DATA_DIR: path.join(this.folder, 'data'),
      NEXUS_DRIVER: driver,
      NEXUS_NODE_PORTS: PORTS,
      NEXUS_ADMIN_EMAIL: ADMIN.email,
      NEXUS_ADMIN_PASSWORD: ADMIN.password,
      NEXUS_JWT_SECRET: 'a secret of the bench that is long enough',
      NEXUS_ENCRYPTION_KEY: '0'.repeat(64),
      NEXUS_REGISTRATION: 'open',
      NEXUS_AUTH_RATE_PER_MINUTE: '0',
      NEXUS_LOG_FORMAT: 'json',
      ...(this.databaseUrl === undefined ? {} : { DATABASE_URL: this.databaseUrl }),
      ...this.more,
    };
  }
}

async function ready(child: ChildProcess): Promise<{ url: string; metricsUrl: string }> {
  const last: string[] = [];
  const timer = setTimeout(() => child.kill('SIGKILL'), READY_WITHIN_MS);
  const told = new Promise<{ url: string; metricsUrl: string }>((resolve) => {
    // Read to the end, so that a full pipe never holds the server up.
    createInterface({ input: child.stdout ?? process.stdin }).on('line', (line) => {
      last.push(line);
      if (last.length > 30) last.shift();
      if (!line.includes('"Nexus is ready"')) return;
      const { api, metrics } = JSON.parse(line) as Record<string, string>;
      resolve({ url: api ?? '', metricsUrl: metrics ?? '' });
    });
  });
  const ended = exitOf(child).then((code) => {
    throw new Error(`The server exited with ${code}:\n${last.join('\n')}`);
  });
  ended.catch(() => undefined);
  try {
    return await Promise.race([told, ended]);
  } finally {
    clearTimeout(timer);
  }
}
