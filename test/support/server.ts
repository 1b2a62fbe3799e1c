/** The built server as a real process, over a data folder and a database of its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { type FreshDatabase, freshDatabase } from './postgres.js';
import { nodeCommandUnderTest } from './node-under-test.js';

/** The built server. */
export const SERVER = path.resolve('dist/main.js');

const READY_WITHIN_MS = 30_000;
const STOP_WITHIN_MS = 30_000;
const PORT_BLOCK = 100;
const FIRST_PORT = 24_000;
const BLOCKS = 39;

export interface TestServerOptions {
  /** Further settings. */
  environment?: Record<string, string>;
  /** Runs no nodes when `none`. */
  driver?: 'local' | 'kubernetes' | 'none';
  /** Shell commands before every start; the mounts that they make are seen by the server alone. */
  mounts?: (dataDir: string) => string;
  /** An empty PostgreSQL, dropped at the end; absent: as `TEST_DATABASE` says. */
  database?: FreshDatabase | undefined;
}

/** A server that can be stopped, killed and started again over the same data. */
export class TestServer {
  url = '';
  readonly lines: string[] = [];
  private child: ChildProcess | undefined;
  /** What Node runs. */
  private words: readonly string[] = [SERVER];

  private constructor(
    readonly dataDir: string,
    /** What it is started with, and `nexus-admin` beside it. */
    readonly settings: Readonly<Record<string, string>>,
    private readonly dropDatabase: () => Promise<void>,
    private mounts: string | undefined,
  ) {}

  /** Starts a server on an empty database of the kind that `TEST_DATABASE` names. */
  static async start(options: TestServerOptions = {}): Promise<TestServer> {
    const server = await TestServer.create(options);
    try {
      await server.run();
    } catch (error) {
      await server.close();
      throw error;
    }
    return server;
  }

  /** Makes the empty database alone; `run` starts the server. */
  static async create({
    environment,
    driver = 'local',
    mounts,
    database: given,
  }: TestServerOptions = {}): Promise<TestServer> {
    const dataDir = await mkdtemp(path.join(tmpdir(), 'nexus-server-'));
    await chmod(dataDir, 0o711);
    const database = given ?? (await databaseUnderTest());
    const command = await nodeCommandUnderTest();
    return new TestServer(
      dataDir,
      {
        NEXUS_PORT: '0',
        NEXUS_METRICS_PORT: 'off',
        NEXUS_DATA_DIR: path.join(dataDir, 'data'),
        NEXUS_DRIVER: driver,
        NEXUS_ADMIN_EMAIL: ADMIN.email,
        NEXUS_ADMIN_PASSWORD: ADMIN.password,
        NEXUS_JWT_SECRET: JWT_SECRET,
        NEXUS_ENCRYPTION_KEY: '0'.repeat(64),
        NEXUS_REGISTRATION: 'open',
        NEXUS_AUTH_RATE_PER_MINUTE: '0',
        NEXUS_RESYNC_SECONDS: '2',
        NEXUS_NODE_PORTS: portBlock(),
        NEXUS_LOG_FORMAT: 'json',
        ...(database === undefined ? {} : { DATABASE_URL: database.url }),
        ...(command === undefined ? {} : { NEXUS_NODE_COMMAND: command }),
        ...environment,
      },
      async () => database?.drop(),
      mounts?.(path.join(dataDir, 'data')),
    );
  }

  /** The PostgreSQL of the server; undefined on SQLite. */
  get databaseUrl(): string | undefined {
    return this.settings['DATABASE_URL'];
  }

  get pid(): number {
    return this.child?.pid ?? 0;
  }

  /** Other mounts for the next start. */
  mount(commands: string | undefined): void {
    this.mounts = commands;
  }

  /** Has Node run something else from the next start on; the built server when nothing is named. */
  enter(...words: string[]): void {
    this.words = words.length === 0 ? [SERVER] : words;
  }

  /** Changes settings for the next start. */
  configure(environment: Record<string, string>): void {
    Object.assign(this.settings, environment);
  }

  /** Starts the process again over what is there, with other settings, and waits until it is ready. */
  async run(environment: Record<string, string> = {}): Promise<void> {
    Object.assign(this.settings, environment);
    const { PATH = '', HOME = '' } = process.env;
    const [program, ...args] = commandOf(this.words, this.mounts);
    const child = spawn(program, args, {
      // Not in the checkout, whose `.env` is a developer's own.
      cwd: this.dataDir,
      env: { PATH, HOME, UV_THREADPOOL_SIZE: '8', ...this.settings },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.child = child;
    this.url = await this.ready(child);
  }

  /** Asks the process to stop, as Ctrl-C does; gives its exit code. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    const { child } = this;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return null;
    const ended = exitOf(child);
    child.kill(signal);
    const late = setTimeout(() => child.kill('SIGKILL'), STOP_WITHIN_MS);
    const code = await ended;
    clearTimeout(late);
    return code;
  }

  /** Kills the process; its nodes live on. */
  async kill(): Promise<void> {
    await this.stop('SIGKILL');
  }

  /** Stops for good: process, nodes, data folder and database. */
  async close(): Promise<void> {
    await this.stop();
    await this.dropDatabase();
    await rm(this.dataDir, { recursive: true, force: true, maxRetries: 5 });
  }

  /** The file of SQLite. */
  get databaseFile(): string {
    return path.join(this.dataDir, 'data', 'nexus.db');
  }

  /** The folder of a tenant's node. */
  nodeFolder(crName: string): string {
    return path.join(this.dataDir, 'data', 'nodes', crName);
  }

  /** The process of a tenant's node. */
  async nodeOf(crName: string): Promise<{ pid: number; port: number; token: string }> {
    const folder = this.nodeFolder(crName);
    const record = JSON.parse(await readFile(path.join(folder, 'child.json'), 'utf8')) as {
      process: { pid: number } | null;
      port: number;
    };
    const token = await readFile(path.join(folder, 'token'), 'utf8');
    return { pid: record.process?.pid ?? 0, port: record.port, token: token.trim() };
  }

  private ready(child: ChildProcess): Promise<string> {
    return new Promise((resolve, reject) => {
      const fail = (why: string): void => {
        clearTimeout(timer);
        reject(new Error(`The server ${why}:\n${this.lines.slice(-30).join('\n')}`));
      };
      const timer = setTimeout(() => fail('was not ready in time'), READY_WITHIN_MS);
      child.once('exit', (code) => fail(`exited with ${code}`));
      for (const stream of [child.stdout, child.stderr]) {
        if (stream === null) continue;
        createInterface({ input: stream }).on('line', (line) => {
          this.lines.push(line);
          const match = /"api":"(http[^"]+)".*"Nexus is ready"/.exec(line);
          if (match?.[1] === undefined) return;
          clearTimeout(timer);
          resolve(match[1]);
        });
      }
    });
  }
}

/** What `TEST_DATABASE` names: an empty PostgreSQL, or undefined for SQLite. */
export async function databaseUnderTest(): Promise<FreshDatabase | undefined> {
  return process.env['TEST_DATABASE'] === 'postgres' ? freshDatabase() : undefined;
}

/** Signs the tokens of every test server. */
export const JWT_SECRET = 'a secret of the tests that is long enough';

/** The admin of every test server. */
export const ADMIN = { email: 'admin@nexus.test', password: 'the admin of the tests' };

/** The words that start the server; `unshare` and the shell become it, under one process id. */
function commandOf(words: readonly string[], mounts: string | undefined): [string, ...string[]] {
  const server = [process.execPath, ...words] as const;
  if (mounts === undefined) return [...server];
  return ['unshare', '--mount', 'sh', '-ec', `${mounts}\nexec "$0" "$@"`, ...server];
}

function exitOf(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve) => child.once('exit', (code) => resolve(code)));
}

/** Servers of tests that run side by side look for node ports in different places. */
export function portBlock(): string {
  const first = FIRST_PORT + PORT_BLOCK * Math.floor(Math.random() * BLOCKS);
  return `${first}-${first + PORT_BLOCK - 1}`;
}
