import { Injectable } from '@nestjs/common';
import type { Caller } from '../access/caller.decorator.js';
import { AuthConfig } from '../config/auth.config.js';
import { Clock } from '../platform/clock/clock.js';
import type { Tx } from '../platform/database/unit-of-work.js';
import { networkOf } from '../platform/http/address.rules.js';
import type { RateLimit } from '../platform/rate-limit/rate-limit.rules.js';
import { rateLimited, RateLimits } from '../platform/rate-limit/rate-limits.service.js';
import { WaitingRoom } from '../platform/rate-limit/waiting-room.js';
import { normalizeEmail } from '../users/users.service.js';
import { delayMs } from './login-delay.rules.js';

/** Failures on one account from one address: one is forgotten every minute. */
const PER_ACCOUNT: RateLimit = { name: 'auth-account', attempts: 10, perSeconds: 600 };

const PLACES = 200;
const PLACES_EACH = 20;
const ROOM_FULL_RETRY_MS = 4_000;

/** Who tries to prove something. */
export interface AttemptOrigin {
  caller: Caller;
  /** Aborts when the caller leaves. */
  signal: AbortSignal;
}

/** Somebody who tries to prove to be the owner of an account. */
export interface Attempt extends AttemptOrigin {
  /** As it was typed; there may be no such account. */
  email: string;
}

/**
 * Slows down whoever guesses passwords. An address is refused beyond its rate. Failures on one
 * account from one address are answered more and more slowly, but never refused: nobody can lock
 * out the owner, least of all from another address. A session is refreshed only so often.
 */
@Injectable()
export class LoginLimits {
  private readonly perAddress: RateLimit;
  private readonly perSession: RateLimit;
  private readonly room: WaitingRoom;

  constructor(
    private readonly limits: RateLimits,
    clock: Clock,
    config: AuthConfig,
  ) {
    this.perAddress = { name: 'auth-address', attempts: config.ratePerMinute, perSeconds: 60 };
    this.perSession = { ...this.perAddress, name: 'auth-session' };
    this.room = new WaitingRoom(clock, PLACES, PLACES_EACH);
  }

  /**
   * Counts an attempt as failed, and waits as long as it should. This comes before the password is
   * looked at: neither the answer nor its time tells anything, and many attempts at once gain nothing.
   *
   * @throws AppError `rate_limited`
   */
  async admit({ caller, email, signal }: Attempt): Promise<void> {
    if (this.perAddress.attempts === 0) return;
    const network = networkOf(caller.address);
    await this.limits.take(this.perAddress, network);
    const recent = await this.limits.add(PER_ACCOUNT, accountOf(network, email));
    const delay = delayMs(recent);
    if (delay === 0) return;
    if (!(await this.room.wait(network, delay, signal))) throw rateLimited(ROOM_FULL_RETRY_MS);
    signal.throwIfAborted();
  }

  /**
   * Counts one more refresh of a session: each writes, and nobody needs many. Not by address, where
   * others could use up what a session needs; texts that are no token cost a read, and no guess hits.
   *
   * @throws AppError `rate_limited`
   */
  async admitRefresh(sessionId: string): Promise<void> {
    await this.limits.take(this.perSession, sessionId);
  }

  /** Forgets the failures on an account from this address. */
  async succeeded(tx: Tx, { caller, email }: Attempt): Promise<void> {
    if (this.perAddress.attempts === 0) return;
    await this.limits.clear(tx, PER_ACCOUNT, accountOf(networkOf(caller.address), email));
  }
}

function accountOf(network: string, email: string): string {
  return JSON.stringify([network, normalizeEmail(email)]);
}
