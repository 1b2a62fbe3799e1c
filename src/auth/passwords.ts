import { hash, verify } from '@node-rs/argon2';
import { Injectable } from '@nestjs/common';
import { Limiter } from '../platform/process/limiter.js';
import { passwordsBusy } from './auth.errors.js';
import { isOutdated } from './password-hash.rules.js';

/** `Algorithm.Argon2id` of the library, whose enumeration exists for the compiler alone. */
const ARGON2ID = 2;

/** argon2id with 19 MiB, two passes and one lane: OWASP's first recommendation. */
const PARAMETERS = {
  algorithm: ARGON2ID,
  memoryCost: 19_456,
  timeCost: 2,
  parallelism: 1,
} as const;

/** What a hash of today says of itself: the library makes version 1.3 of the algorithm. */
const TODAY = {
  algorithm: 'argon2id',
  version: 0x13,
  memoryCost: PARAMETERS.memoryCost,
  timeCost: PARAMETERS.timeCost,
  parallelism: PARAMETERS.parallelism,
};

/** Hashing shares libuv's threads with the database, so most of them must stay free. */
const AT_ONCE = 2;
/** Seconds of work, even on a small machine: longer, nobody would wait. */
const MOST_WAITING = 100;
const BUSY_RETRY_MS = 2_000;

/** Hashes and verifies passwords off the event loop. */
@Injectable()
export class Passwords {
  private readonly limiter = new Limiter(AT_ONCE);
  private decoy: Promise<string> | undefined;

  /**
   * The hash in the PHC string format.
   *
   * @throws AppError `passwords_busy`
   */
  async hash(password: string): Promise<string> {
    this.refuseWhenBusy();
    return this.limiter.run(() => hash(password, PARAMETERS));
  }

  /**
   * Whether the password fits; takes as long when there is no account (`stored` undefined).
   *
   * @throws AppError `passwords_busy`
   */
  async verify(stored: string | undefined, password: string): Promise<boolean> {
    this.refuseWhenBusy();
    const against = stored ?? (await this.decoyHash());
    const fits = await this.limiter.run(() => verify(against, password));
    return fits && stored !== undefined;
  }

  /** Whether a hash should be made anew when the password is at hand. */
  isOutdated(stored: string): boolean {
    return isOutdated(stored, TODAY);
  }

  private decoyHash(): Promise<string> {
    this.decoy ??= this.limiter.run(() => hash('the password of nobody', PARAMETERS));
    return this.decoy;
  }

  private refuseWhenBusy(): void {
    if (this.limiter.waiting >= MOST_WAITING) throw passwordsBusy(BUSY_RETRY_MS);
  }
}
