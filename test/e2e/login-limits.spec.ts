import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { clientOf, expectData, expectError, type Headers, newPerson, sdk } from '../support/api.js';
import { query } from '../support/query.js';
import { TestServer } from '../support/server.js';

const PASSWORD = 'a password of the tests';

// The tests come from the loopback address, which plays the proxy: callers have the addresses that
// it tells.
const from = (address: string): Headers => ({ 'x-forwarded-for': address });

async function timed<T>(work: Promise<T>): Promise<{ value: T; ms: number }> {
  const started = performance.now();
  const value = await work;
  return { value, ms: performance.now() - started };
}

describe('log-ins from one address', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await TestServer.start({
      driver: 'none',
      environment: {
        NEXUS_AUTH_RATE_PER_MINUTE: '5',
        NEXUS_TRUSTED_PROXIES: '127.0.0.1',
      },
    });
  });
  afterAll(() => server.close());

  const logIn = (email: string, address: string, password = 'not the password') => {
    const client = clientOf(server, from(address));
    return sdk.login({ client, body: { email, password } });
  };

  it('are refused beyond the rate, with the time to wait; another address is not', async () => {
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, i) => logIn(`a${i}@example.com`, '192.0.2.1')),
    );
    const statuses = answers.map(({ response }) => response?.status);
    expect(statuses.filter((status) => status === 401)).toHaveLength(5);
    const refused = await logIn('b@example.com', '192.0.2.1');
    expectError(refused, 429, 'rate_limited');
    const seconds = Number(refused.response?.headers.get('retry-after'));
    expect(seconds).toBeGreaterThanOrEqual(1);
    expect(seconds).toBeLessThanOrEqual(12);
    expectError(await logIn('b@example.com', '192.0.2.2'), 401, 'login_refused');
  });

  it('count together with registrations, and by network with IPv6', async () => {
    const body = { email: 'six@example.com', password: PASSWORD };
    const register = (address: string) =>
      sdk.register({ client: clientOf(server, from(address)), body });
    expectData(await register('2001:db8:1:1::1'), 201);
    for (let i = 2; i <= 5; i++) {
      expectError(await register(`2001:db8:1:1::${i}`), 409, 'email_taken');
    }
    expectError(await register('2001:db8:1:1:ffff::9'), 429, 'rate_limited');
    const sixth = await logIn(body.email, '2001:db8:1:1::7', PASSWORD);
    expectError(sixth, 429, 'rate_limited');
    expectData(await logIn(body.email, '2001:db8:1:2::1', PASSWORD), 200);
  });

  it('leave no account and no address behind in clear, and write nothing when refused', async () => {
    const all = () => query(server, 'SELECT key, drained_at FROM rate_limits ORDER BY key');
    const before = await all();
    expect(before.length).toBeGreaterThan(0);
    expect(JSON.stringify(before)).not.toMatch(/example|192\.0|db8/);
    expectError(await logIn('new@example.com', '2001:db8:1:1::8'), 429, 'rate_limited');
    expect(await all()).toEqual(before);
  });
});

describe('refreshes of one session', () => {
  let server: TestServer;
  beforeAll(async () => {
    const environment = { NEXUS_AUTH_RATE_PER_MINUTE: '5' };
    server = await TestServer.start({ driver: 'none', environment });
  });
  afterAll(() => server.close());

  const refresh = (refreshToken: string) =>
    sdk.refresh({ client: clientOf(server), body: { refreshToken } });
  /** The live token of a session that was refreshed as often as it may be, and the ones before it. */
  const exhausted = async (): Promise<{ live: string; used: string[] }> => {
    const used: string[] = [];
    let live = (await newPerson(server)).session.refreshToken;
    for (let i = 0; i < 5; i++) {
      used.push(live);
      live = expectData(await refresh(live), 200).refreshToken;
    }
    return { live, used };
  };
  const rows = () => query(server, 'SELECT * FROM refresh_tokens ORDER BY hash');

  it('are refused beyond the rate, write nothing, and are no trouble of another session', async () => {
    const { live } = await exhausted();
    const before = await rows();
    const refused = await refresh(live);
    expectError(refused, 429, 'rate_limited');
    expect(Number(refused.response?.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
    expect(await rows()).toEqual(before);
    const { session } = await newPerson(server);
    expectData(await refresh(session.refreshToken), 200);
  });

  it('with a token that stays good', async () => {
    const { live } = await exhausted();
    const refused = await refresh(live);
    const seconds = Number(refused.response?.headers.get('retry-after'));
    await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
    expectData(await refresh(live), 200);
  });

  it('do not keep a used token from ending the session, which is over for good', async () => {
    const { live, used } = await exhausted();
    expectError(await refresh(live), 429, 'rate_limited');
    expectError(await refresh(used[0] ?? ''), 401, 'refresh_refused');
    const before = await query(server, 'SELECT * FROM rate_limits ORDER BY key');
    for (const token of [live, ...used]) expectError(await refresh(token), 401, 'refresh_refused');
    expect(await query(server, 'SELECT * FROM rate_limits ORDER BY key')).toEqual(before);
  });

  it('that nobody can continue are refused as ever', async () => {
    for (let i = 0; i < 8; i++) {
      expectError(await refresh(`rt_${'A'.repeat(43)}`), 401, 'refresh_refused');
    }
  });
});

describe('failures on one account', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await TestServer.start({
      driver: 'none',
      environment: {
        NEXUS_AUTH_RATE_PER_MINUTE: '1000',
        NEXUS_TRUSTED_PROXIES: '127.0.0.0/8',
      },
    });
  });
  afterAll(() => server.close());

  const logIn = (email: string, address: string, password = 'not the password') => {
    const client = clientOf(server, from(address));
    return timed(sdk.login({ client, body: { email, password } }));
  };
  /** What six failures in a row at least wait for, one after the other. */
  const DELAYS = [0, 0, 0, 250, 500, 1000];
  const fail = async (email: string, address: string): Promise<number> => {
    let failed = 0;
    for (const delay of DELAYS) {
      const { value, ms } = await logIn(email, address);
      expectError(value, 401, 'login_refused');
      expect(ms).toBeGreaterThanOrEqual(delay);
      failed++;
    }
    return failed;
  };

  it('are answered more and more slowly, but the right password gets in', async () => {
    const { session } = await newPerson(server);
    const { email } = session.user;
    expect(await fail(email, '198.51.100.1')).toBe(DELAYS.length);
    const elsewhere = await logIn(email, '198.51.100.2', PASSWORD);
    expectData(elsewhere.value, 200);
    const slow = await logIn(email.toUpperCase(), '198.51.100.1', PASSWORD);
    expectData(slow.value, 200);
    expect(slow.ms).toBeGreaterThanOrEqual(2000);
    expect(elsewhere.ms).toBeLessThan(slow.ms - 500);
    const after = await logIn(email, '198.51.100.1', PASSWORD);
    expectData(after.value, 200);
    expect(after.ms).toBeLessThan(slow.ms - 500);
  });

  it('are slowed alike when there is no such account', async () => {
    expect(await fail('nobody@example.com', '198.51.100.3')).toBe(DELAYS.length);
  });

  it('gain nothing from coming all at once', async () => {
    const { session } = await newPerson(server);
    const { email } = session.user;
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => logIn(email, '198.51.100.4')),
    );
    for (const { value } of answers) expectError(value, 401, 'login_refused');
    const waited = answers.map(({ ms }) => ms).toSorted((a, b) => a - b);
    DELAYS.forEach((delay, i) => expect(waited[i]).toBeGreaterThanOrEqual(delay));
    expect(waited.at(-1)).toBeGreaterThanOrEqual(4000);
  });

  it('keep a bounded number waiting, and refuse the rest for a while', async () => {
    const email = 'flooded@example.com';
    const answers = await Promise.all(
      Array.from({ length: 40 }, () => logIn(email, '198.51.100.5')),
    );
    const refused = answers.filter(({ value }) => value.response?.status === 429);
    // Three do not wait at all, twenty have a place, and four leave theirs before the others.
    expect(refused.length).toBeLessThanOrEqual(40 - 3 - 20);
    expect(refused.length).toBeGreaterThanOrEqual(40 - 3 - 20 - 4);
    for (const { value } of refused) {
      expectError(value, 429, 'rate_limited');
      expect(value.response?.headers.get('retry-after')).toBe('4');
    }
  });

  it('count for the current password of a session, too', async () => {
    const { client, session } = await newPerson(server);
    const mine = clientOf(server, {
      authorization: `Bearer ${session.accessToken}`,
      ...from('198.51.100.6'),
    });
    const body = { currentPassword: 'not the password', newPassword: 'another one, just as good' };
    for (let i = 0; i < 4; i++) {
      expectError(await sdk.updateMe({ client: mine, body }), 403, 'password_wrong');
    }
    const right = { ...body, currentPassword: PASSWORD };
    const { value, ms } = await timed(sdk.updateMe({ client: mine, body: right }));
    expectData(value, 200);
    expect(ms).toBeGreaterThanOrEqual(500);
    expectData(await sdk.whoAmI({ client }), 200);
  });
});
