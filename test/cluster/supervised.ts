/** Programs that end with the process that started them; `supervisor.ts` is the other side. */
import { type ChildProcess, fork } from 'node:child_process';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Answer, Notice, Program, Question } from './supervised.types.js';

const SUPERVISOR = fileURLToPath(new URL('supervisor.ts', import.meta.url));
const GRACE_MS = 10_000;

interface Waiting {
  resolve: (answer: Answer) => void;
  reject: (error: Error) => void;
}

/** Programs over one folder. */
export class Supervised {
  private readonly waiting = new Map<number, Waiting>();
  private readonly listeners: ((notice: Notice) => void)[] = [];
  private readonly gone: Promise<void>;
  private lastId = 0;

  private constructor(
    /** Removed after the last program has ended. */
    readonly folder: string,
    private readonly process: ChildProcess,
  ) {
    process.on('message', (message: Answer | Notice) => this.hear(message));
    this.gone = new Promise((resolve) => process.once('exit', () => resolve()));
    void this.gone.then(() => this.giveUp());
  }

  /** @param name is part of the folder's name */
  static async begin(name: string): Promise<Supervised> {
    const folder = await mkdtemp(path.join(tmpdir(), `nexus-${name}-`));
    // In a session of its own, so that Ctrl-C leaves it to stop in order.
    const process = fork(SUPERVISOR, [folder], {
      execArgv: ['--disable-warning=ExperimentalWarning'],
      detached: true,
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    return new Supervised(folder, process);
  }

  /**
   * Starts a program.
   *
   * @returns its process id
   * @throws Error when it cannot be started, or one of that name runs
   */
  async start(program: Omit<Program, 'env'> & { env?: Record<string, string> }): Promise<number> {
    const { pid } = await this.ask({ start: { env: baseEnvironment(), ...program } });
    return pid ?? 0;
  }

  /** Stops a program and waits until it is gone; KILL follows after the grace. Idempotent. */
  async stop(
    name: string,
    signal: NodeJS.Signals = 'SIGTERM',
    graceMs: number = GRACE_MS,
  ): Promise<void> {
    await this.ask({ stop: { name, signal, graceMs } });
  }

  /** Calls back for each program that ended, told to or not. */
  onExit(listener: (notice: Notice) => void): void {
    this.listeners.push(listener);
  }

  /** Stops all of them in order and removes the folder. */
  async end(): Promise<void> {
    if (this.process.connected) this.process.disconnect();
    await this.gone;
  }

  private ask(question: Omit<Question, 'id'>): Promise<Answer> {
    const id = ++this.lastId;
    return new Promise((resolve, reject) => {
      if (!this.process.connected) {
        reject(new Error('The programs were stopped'));
        return;
      }
      this.waiting.set(id, { resolve, reject });
      this.process.send({ ...question, id });
    });
  }

  private hear(message: Answer | Notice): void {
    if ('exited' in message) {
      for (const listener of this.listeners) listener(message);
      return;
    }
    const waiting = this.waiting.get(message.id);
    this.waiting.delete(message.id);
    if (message.error === undefined) waiting?.resolve(message);
    else waiting?.reject(new Error(message.error));
  }

  private giveUp(): void {
    for (const { reject } of this.waiting.values()) reject(new Error('The programs were stopped'));
    this.waiting.clear();
  }
}

/** What any program needs of the environment, and nothing that the tests were told. */
function baseEnvironment(): Record<string, string> {
  const { PATH = '', HOME = '/' } = process.env;
  return { PATH, HOME };
}
