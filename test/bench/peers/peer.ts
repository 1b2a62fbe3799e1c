/** Servers that a user could have written instead, built and run beside the product. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { stop } from '../child.js';

const SOURCES = path.resolve('test/bench/peers');
const BUILT = path.resolve('.test-output/peers');

/** How a peer is built, and what starts it. */
interface Recipe {
  build: readonly [command: string, args: readonly string[]];
  run: readonly [command: string, args: readonly string[]];
}

const RECIPES = {
  nest: {
    build: [
      process.execPath,
      ['node_modules/typescript/bin/tsc', '-p', path.join(SOURCES, 'nest', 'tsconfig.json')],
    ],
    run: [process.execPath, [path.join(BUILT, 'nest', 'main.js')]],
  },
  gin: {
    build: ['go', ['build', '-C', path.join(SOURCES, 'gin'), '-o', path.join(BUILT, 'gin')]],
    run: [path.join(BUILT, 'gin'), []],
  },
} as const satisfies Record<string, Recipe>;

export type PeerName = keyof typeof RECIPES;

/** A running peer; its agents are in the file of a folder of its own. */
export class Peer {
  private constructor(
    private readonly child: ChildProcess,
    private readonly folder: string,
    readonly url: string,
    readonly headers: Record<string, string>,
  ) {}

  /**
   * Builds and starts one.
   *
   * @throws Error when its tools are missing, or it does not build
   */
  static async start(name: PeerName, agents: number): Promise<Peer> {
    const { build, run } = RECIPES[name];
    mkdirSync(BUILT, { recursive: true });
    const built = spawnSync(build[0], build[1], { stdio: ['ignore', 2, 2] });
    if (built.status !== 0) throw new Error(`The peer ${name} could not be built`);
    const folder = mkdtempSync(path.join(tmpdir(), 'nexus-peer-'));
    const child = spawn(run[0], [...run[1], folder, String(agents)], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const [line] = await once(createInterface({ input: child.stdout }), 'line');
    const { url, token } = JSON.parse(String(line)) as { url: string; token: string };
    return new Peer(child, folder, url, { authorization: `Bearer ${token}` });
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  async remove(): Promise<void> {
    await stop(this.child);
    rmSync(this.folder, { recursive: true, force: true });
  }
}
