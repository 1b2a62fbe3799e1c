import { beforeEach, describe, expect, it } from 'vitest';
import type { Actor } from '../access/actor.js';
import { ManualClock } from '../../test/support/manual-clock.js';
import { WakeChannel } from '../platform/events/wake-channel.js';
import { Tx } from '../platform/database/unit-of-work.js';
import { USER_TOPIC } from '../users/users.events.js';
import { CREDENTIAL_TOPIC } from './auth.events.js';
import { type VerifiedActor, VerifiedCredentials } from './verified-credentials.js';

/** Wakes whose connection to other processes a test can cut. */
class TestWakes extends WakeChannel {
  hear(): void {
    this.heardAll(this.clock.monotonicMs());
  }

  lose(): void {
    this.heardNothing();
  }

  miss(): void {
    this.gap();
  }

  async wake(topic: string, key: string): Promise<void> {
    const tx = new Tx(undefined as never);
    await this.publish(tx, topic, key);
    tx.committed();
  }
}

const USER: Actor = { kind: 'user', id: 'usr_1', label: 'a', sessionId: 'ses_1', admin: false };
const KEY: Actor = { kind: 'key', id: 'abc', label: 'a', tenantId: 't_1', permissions: [] };

describe('a verified credential', () => {
  let clock: ManualClock;
  let wakes: TestWakes;
  let credentials: VerifiedCredentials;
  let verifications: number;
  beforeEach(() => {
    clock = new ManualClock();
    wakes = new TestWakes(clock);
    wakes.hear();
    credentials = new VerifiedCredentials(wakes, clock);
    verifications = 0;
  });

  const ask = (verified: VerifiedActor | undefined, value = 'x', kind: 'jwt' | 'api-key' = 'jwt') =>
    credentials.actorOf({ kind, value }, async () => {
      verifications++;
      return verified;
    });

  /** Time goes on, and wakes with it. */
  const pass = async (ms: number): Promise<void> => {
    await clock.advance(ms);
    wakes.hear();
  };

  it('is verified once', async () => {
    expect(await ask({ actor: USER })).toBe(USER);
    expect(await ask({ actor: USER })).toBe(USER);
    expect(verifications).toBe(1);
  });

  it('is not another one, nor one of another kind', async () => {
    await ask({ actor: USER });
    expect(await ask({ actor: KEY }, 'y')).toBe(KEY);
    expect(await ask(undefined, 'x', 'api-key')).toBeUndefined();
    expect(verifications).toBe(3);
  });

  it('is never remembered when it is not good', async () => {
    expect(await ask(undefined)).toBeUndefined();
    expect(await ask({ actor: USER })).toBe(USER);
  });

  it('is verified again after a minute, so that its use is noted', async () => {
    await ask({ actor: USER });
    await pass(59_999);
    await ask({ actor: USER });
    expect(verifications).toBe(1);
    await pass(1);
    await ask({ actor: USER });
    expect(verifications).toBe(2);
  });

  it('ends when it expires', async () => {
    const expiresAtMs = clock.now().getTime() + 1_000;
    await ask({ actor: USER, expiresAtMs });
    await pass(999);
    expect(await ask(undefined)).toBe(USER);
    await pass(1);
    expect(await ask(undefined)).toBeUndefined();
  });

  it.each([
    ['its user', USER, USER_TOPIC, 'usr_1'],
    ['all sessions of its user', USER, CREDENTIAL_TOPIC, 'usr_1'],
    ['its session', USER, CREDENTIAL_TOPIC, 'ses_1'],
    ['its key', KEY, CREDENTIAL_TOPIC, 'abc'],
    ['the keys of its tenant', KEY, CREDENTIAL_TOPIC, 't_1'],
  ])('ends with a change of %s', async (_what, actor, topic, about) => {
    await ask({ actor });
    await wakes.wake(topic, 'something else');
    expect(await ask(undefined)).toBe(actor);
    await wakes.wake(topic, about);
    expect(await ask(undefined)).toBeUndefined();
  });

  it('is not remembered when something changed while it was verified', async () => {
    const first = credentials.actorOf({ kind: 'jwt', value: 'x' }, async () => {
      await wakes.wake(CREDENTIAL_TOPIC, 'ses_1');
      return { actor: USER };
    });
    expect(await first).toBe(USER);
    expect(await ask(undefined)).toBeUndefined();
  });

  it('is not believed while wakes may be missed, nor after a gap', async () => {
    await ask({ actor: USER });
    wakes.lose();
    expect(await ask(undefined)).toBeUndefined();
    await ask({ actor: USER }, 'y');
    wakes.miss();
    wakes.hear();
    expect(await ask(undefined)).toBeUndefined();
    expect(await ask(undefined, 'y')).toBeUndefined();
  });

  it('is not believed when nothing was heard for a while: the process may have stood still', async () => {
    await ask({ actor: USER });
    await clock.advance(749);
    expect(await ask(undefined)).toBe(USER);
    await clock.advance(1);
    expect(await ask(undefined)).toBeUndefined();
  });

  it('makes room: the oldest goes', async () => {
    for (let n = 0; n <= 10_000; n++) await ask({ actor: USER }, String(n));
    expect(verifications).toBe(10_001);
    expect(await ask(undefined, '1')).toBe(USER);
    expect(await ask(undefined, '0')).toBeUndefined();
  });
});
