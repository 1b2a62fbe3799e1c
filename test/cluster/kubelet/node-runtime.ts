/** Two ways to run the reference node as the container of a pod. */
import { appendFileSync, existsSync } from 'node:fs';
import path from 'node:path';
import { startNode } from '../../../src/node/start-node.js';
import { NodeLog } from '../../../src/node/node.log.js';
import type { NodeRole } from '../../../src/node/node.config.js';
import { SystemClock } from '../../../src/platform/clock/system-clock.js';
import type { Supervised } from '../supervised.js';

const ENTRY = path.resolve('dist/node/main.js');

export interface NodeStart {
  /** Unique among all containers that were ever started. */
  name: string;
  host: string;
  port: number;
  /** Where it keeps its agents. */
  dir: string;
  env: Record<string, string>;
  /** What it says is added to this file. */
  log: string;
}

export interface Ending {
  exitCode: number;
}

/** A container that runs. */
export interface RunningContainer {
  /** 0 where it has no process of its own. */
  pid: number;
  ended: Promise<Ending>;
  /** TERM, and KILL after the grace. */
  stop(graceMs: number): Promise<void>;
  /** KILL. */
  kill(): Promise<void>;
}

/** Starts containers. */
export abstract class NodeRuntime {
  /** @throws Error when the node cannot be started */
  abstract start(options: NodeStart): Promise<RunningContainer>;
}

/** A process for each container: the built node, as `dist` holds it. */
export class ProcessRuntime extends NodeRuntime {
  private readonly endings = new Map<string, (ending: Ending) => void>();

  constructor(private readonly programs: Supervised) {
    super();
    if (!existsSync(ENTRY)) throw new Error(`There is no ${ENTRY}: npm run build makes it`);
    programs.onExit(({ exited, code, signal }) => {
      this.endings.get(exited)?.({ exitCode: code ?? (signal === 'SIGKILL' ? 137 : 143) });
      this.endings.delete(exited);
    });
  }

  async start({ name, host, port, dir, env, log }: NodeStart): Promise<RunningContainer> {
    const options = ['--host', host, '--port', String(port), '--dir', dir];
    const ended = new Promise<Ending>((resolve) => this.endings.set(name, resolve));
    const pid = await this.programs.start({
      name,
      command: [process.execPath, ENTRY, ...options],
      cwd: dir,
      env,
      log,
      rank: 1,
    });
    return {
      pid,
      ended,
      stop: (graceMs) => this.programs.stop(name, 'SIGTERM', graceMs),
      kill: () => this.programs.stop(name, 'SIGKILL'),
    };
  }
}

/** All of them in this process, for tests of size: a node then takes little more than its agents. */
export class SharedRuntime extends NodeRuntime {
  async start({ host, port, dir, env, log }: NodeStart): Promise<RunningContainer> {
    const clock = new SystemClock();
    const node = await startNode(
      {
        host,
        port,
        dir,
        role: (env['ASTROMESH_ROLE'] ?? 'full') as NodeRole,
        deniedPorts: [],
        memoryMb: undefined,
        secret: (name) => env[name],
      },
      clock,
      new NodeLog(clock, (line) => appendFileSync(log, line)),
    );
    let end: (ending: Ending) => void = () => undefined;
    const ended = new Promise<Ending>((resolve) => (end = resolve));
    const close = async (exitCode: number): Promise<void> => {
      await node.close();
      end({ exitCode });
    };
    return { pid: 0, ended, stop: () => close(0), kill: () => close(137) };
  }
}
