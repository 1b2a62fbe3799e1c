import { hash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { Actor } from '../access/actor.js';
import { Clock } from '../platform/clock/clock.js';
import { WakeChannel } from '../platform/events/wake-channel.js';
import { USER_TOPIC } from '../users/users.events.js';
import { CREDENTIAL_TOPIC } from './auth.events.js';
import type { PresentedCredential } from './credentials.rules.js';

// What was verified is remembered, and forgotten as soon as it may have changed: at the commit that
// changed it in this process, with the wake of any other one. While wakes may be missed nothing is
// remembered and nothing remembered is believed.

/** The actor of a credential, and until when it is good whatever happens. */
export interface VerifiedActor {
  actor: Actor;
  /** Milliseconds of the wall clock; never when absent. */
  expiresAtMs?: number | undefined;
}

interface Known extends VerifiedActor {
  /** On the monotonic clock. */
  sinceMs: number;
}

/** A use is noted once a minute, and noting is part of verifying. */
const REMEMBERED_MS = 60_000;
const MOST = 10_000;

/** The credentials that were verified a moment ago and are good still. */
@Injectable()
export class VerifiedCredentials {
  /** By the hash of the credential: the memory of a server is no place for secrets. */
  private readonly known = new Map<string, Known>();
  /** Counts what may have made a verification that is under way obsolete. */
  private changes = 0;

  constructor(
    private readonly wakes: WakeChannel,
    private readonly clock: Clock,
  ) {
    wakes.on(USER_TOPIC, (id) => this.forget(id));
    wakes.on(CREDENTIAL_TOPIC, (key) => this.forget(key));
    wakes.onGap(() => this.forgetAll());
  }

  /**
   * The actor of a credential, verified now unless that was done a moment ago.
   *
   * @param verify gives undefined for a credential that is not good, which is never remembered
   */
  actorOf(
    credential: PresentedCredential,
    verify: () => Promise<VerifiedActor | undefined>,
  ): Actor | Promise<Actor | undefined> {
    const key = keyOf(credential);
    return this.find(key) ?? this.learn(key, verify);
  }

  private async learn(
    key: string,
    verify: () => Promise<VerifiedActor | undefined>,
  ): Promise<Actor | undefined> {
    const { changes } = this;
    const verified = await verify();
    if (verified !== undefined && changes === this.changes) this.remember(key, verified);
    return verified?.actor;
  }

  private find(key: string): Actor | undefined {
    const known = this.known.get(key);
    if (known === undefined || !this.wakes.isCurrent) return undefined;
    if (this.isGood(known)) return known.actor;
    this.known.delete(key);
    return undefined;
  }

  private isGood({ sinceMs, expiresAtMs = Infinity }: Known): boolean {
    return (
      this.clock.monotonicMs() - sinceMs < REMEMBERED_MS && this.clock.now().getTime() < expiresAtMs
    );
  }

  private remember(key: string, verified: VerifiedActor): void {
    if (!this.wakes.isCurrent) return;
    const [oldest] = this.known.keys();
    if (this.known.size >= MOST && oldest !== undefined) this.known.delete(oldest);
    this.known.set(key, { ...verified, sinceMs: this.clock.monotonicMs() });
  }

  private forget(about: string): void {
    this.changes++;
    for (const [key, { actor }] of this.known) {
      if (isAbout(actor, about)) this.known.delete(key);
    }
  }

  private forgetAll(): void {
    this.changes++;
    this.known.clear();
  }
}

/** A value proves nothing as a credential of the other kind. */
function keyOf({ kind, value }: PresentedCredential): string {
  return hash('sha256', `${kind} ${value}`, 'base64');
}

function isAbout(actor: Actor, about: string): boolean {
  if (actor.id === about) return true;
  return about === (actor.kind === 'user' ? actor.sessionId : actor.tenantId);
}
