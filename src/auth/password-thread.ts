import { once } from 'node:events';
import path from 'node:path';
import { Worker } from 'node:worker_threads';
import type { PasswordAnswer, PasswordWork } from './password-thread.types.js';

/** Its source where this is source, else what was built. */
const PROGRAM = new URL(`password-work${path.extname(import.meta.url)}`, import.meta.url);

/**
 * A thread that hashes passwords, and nothing else. It begins with the first one, and holds up no end
 * of the process.
 */
export class PasswordThread {
  private thread: { worker: Worker; ended: AbortController } | undefined;

  /**
   * Does one piece of work; the next one has to wait until this has its answer.
   *
   * @returns the hash, or whether the stored one fits
   * @throws Error of the hash when it is none, or of the thread when that ends; the next piece of
   *   work begins another one
   */
  async run(work: PasswordWork): Promise<string | boolean> {
    const { worker, ended } = (this.thread ??= this.begin());
    worker.postMessage(work);
    worker.ref();
    try {
      const [answer] = (await once(worker, 'message', { signal: ended.signal })) as [
        PasswordAnswer,
      ];
      if ('error' in answer) throw answer.error;
      return answer.value;
    } finally {
      worker.unref();
    }
  }

  private begin(): { worker: Worker; ended: AbortController } {
    // What was given to the process alone, a profiler for example, is not for the thread.
    const worker = new Worker(PROGRAM, { execArgv: [], name: 'passwords' });
    const ended = new AbortController();
    const forget = (reason: unknown): void => {
      this.thread = undefined;
      ended.abort(reason);
    };
    worker.once('error', forget);
    worker.once('exit', () => forget(new Error('The thread that hashes passwords has ended')));
    return { worker, ended };
  }
}
