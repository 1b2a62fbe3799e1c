import { availableParallelism } from 'node:os';
import { Injectable } from '@nestjs/common';
import { Limiter } from '../platform/process/limiter.js';
import { passwordsBusy } from './auth.errors.js';
import { isOutdated } from './password-hash.rules.js';
import { PasswordThread } from './password-thread.js';
import type { PasswordCost, PasswordWork } from './password-thread.types.js';

/** argon2id with 19 MiB, two passes and one lane: OWASP's first recommendation. */
const COST: PasswordCost = {
  algorithm: 2,
  memoryCost: 19_456,
  timeCost: 2,
  parallelism: 1,
};

/** What a hash of today says of itself: the library makes version 1.3 of the algorithm. */
const TODAY = {
  algorithm: 'argon2id',
  version: 0x13,
  memoryCost: COST.memoryCost,
  timeCost: COST.timeCost,
  parallelism: COST.parallelism,
};

/** A hash takes a core for some 30 ms and moves 40 MiB of memory: requests keep half of the cores. */
const MOST_THREADS = 2;
export const AT_ONCE = Math.min(MOST_THREADS, Math.max(1, Math.floor(availableParallelism() / 2)));
/** Seconds of work, even on a small machine: longer, nobody would wait. */
export const MOST_WAITING = 100;
const BUSY_RETRY_MS = 2_000;

/**
 * Hashes and verifies passwords on threads of their own: neither the event loop waits for them, nor do
 * the threads that the database shares with name look-ups.
 */
@Injectable()
export class Passwords {
  private readonly limiter = new Limiter(AT_ONCE);
  private readonly threads = Array.from({ length: AT_ONCE }, () => new PasswordThread());
  private decoy: Promise<string> | undefined;

  /**
   * The hash in the PHC string format.
   *
   * @throws AppError `passwords_busy`
   */
  async hash(password: string): Promise<string> {
    this.refuseWhenBusy();
    return this.make(password);
  }

  /**
   * Whether the password fits; takes as long when there is no account (`stored` undefined).
   *
   * @throws AppError `passwords_busy`
   */
  async verify(stored: string | undefined, password: string): Promise<boolean> {
    this.refuseWhenBusy();
    const against = stored ?? (await this.decoyHash());
    const fits = await this.work({ stored: against, password });
    return fits === true && stored !== undefined;
  }

  /** Whether a hash should be made anew when the password is at hand. */
  isOutdated(stored: string): boolean {
    return isOutdated(stored, TODAY);
  }

  private decoyHash(): Promise<string> {
    this.decoy ??= this.make('the password of nobody');
    return this.decoy;
  }

  private async make(password: string): Promise<string> {
    return String(await this.work({ password, cost: COST }));
  }

  private work(work: PasswordWork): Promise<string | boolean> {
    return this.limiter.run(async () => {
      const thread = this.threads.pop();
      if (thread === undefined) throw new Error('There are as many threads as places');
      try {
        return await thread.run(work);
      } finally {
        this.threads.push(thread);
      }
    });
  }

  private refuseWhenBusy(): void {
    if (this.limiter.waiting >= MOST_WAITING) throw passwordsBusy(BUSY_RETRY_MS);
  }
}
