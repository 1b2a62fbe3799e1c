/** Servers that a user could have written instead (`peers/`), built and started for a run. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { stop } from './child.js';

const FOLDER = path.resolve('test/bench/peers');
const BUILT = path.join(FOLDER, 'dist');

/** A server that answers `/agents/:name` and `/agents?limit=`. */
export interface Peer {
  name: string;
  url: string;
  pid: number;
  token: string;
}

interface Kind {
  name: string;
  /** What makes it, run in a folder. */
  build: { command: string[]; folder: string };
  /** What runs it; the file of its database and the number of its agents follow. */
  run: string[];
}

const KINDS: readonly Kind[] = [
  {
    name: 'Nest, Express, passport, TypeORM',
    build: {
      command: [process.execPath, path.resolve('node_modules/typescript/bin/tsc'), '-p', '.'],
      folder: path.join(FOLDER, 'nest'),
    },
    run: [process.execPath, path.join(BUILT, 'nest', 'server.js')],
  },
  {
    name: 'Go, Gin, SQLite',
    build: {
      command: ['go', 'build', '-o', path.join(BUILT, 'go-server'), '.'],
      folder: path.join(FOLDER, 'go'),
    },
    run: [path.join(BUILT, 'go-server')],
  },
];

/** Every peer, on a folder of its own. */
export class Peers {
  private readonly children: ChildProcess[] = [];

  private constructor(private readonly folder: string) {}

  static async create(): Promise<Peers> {
    return new Peers(await mkdtemp(path.join(tmpdir(), 'nexus-peers-')));
  }

  /** Builds and starts those whose tools are there; says which are not. */
  async start(agents: number): Promise<Peer[]> {
    const peers: Peer[] = [];
    for (const kind of KINDS) {
      if (isBuilt(kind)) peers.push(await this.startOne(kind, agents));
      else process.stderr.write(`peers: ${kind.name} is left out: it could not be built\n`);
    }
    return peers;
  }

  async close(): Promise<void> {
    for (const child of this.children) await stop(child);
    await rm(this.folder, { recursive: true, force: true });
  }

  private async startOne({ name, run }: Kind, agents: number): Promise<Peer> {
    const [command = '', ...args] = run;
    const file = path.join(this.folder, `${this.children.length}.db`);
    const child = spawn(command, [...args, file, String(agents)], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    this.children.push(child);
    const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
    const { url, token } = JSON.parse(line) as { url: string; token: string };
    return { name, url: url.replace('[::1]', '127.0.0.1'), token, pid: child.pid ?? 0 };
  }
}

function isBuilt({ build: { command, folder } }: Kind): boolean {
  const [program = '', ...args] = command;
  const { status } = spawnSync(program, args, { cwd: folder, stdio: ['ignore', 2, 2] });
  return status === 0;
}
