import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { clientOf, expectData, sdk } from '../support/api.js';
import { ADMIN, TestServer } from '../support/server.js';
import { storedBy } from '../support/stored.js';

const CREDENTIALS = { email: 'rest@example.com', password: 'never to be stored as it is' };

describe('secrets at rest', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await TestServer.start({ driver: 'none' });
  });
  afterAll(() => server.close());

  it('are hashes: passwords, refresh tokens, API keys', async () => {
    const registered = await sdk.register({ client: clientOf(server), body: CREDENTIALS });
    const session = expectData(registered, 201);
    const client = clientOf(server, { authorization: `Bearer ${session.accessToken}` });
    const tenant = await sdk.createTenant({ client, body: { displayName: 'One' } });
    const { id } = expectData(tenant, 201);
    const made = await sdk.createTenantKey({ client, path: { id }, body: { label: 'ci' } });
    const key = expectData(made, 201);
    const body = { refreshToken: session.refreshToken };
    const next = expectData(await sdk.refresh({ client: clientOf(server), body }), 200);

    const stored = await storedBy(server);
    const everything = JSON.stringify(stored);
    const clear = [key.rawKey, ADMIN.password, CREDENTIALS.password].concat(
      [session, next].flatMap(({ accessToken, refreshToken }) => [accessToken, refreshToken]),
    );
    for (const secret of clear) expect(everything).not.toContain(secret);
    const passwords = stored['users']?.map((row) => (row as { passwordHash: string }).passwordHash);
    expect(passwords).toHaveLength(2);
    for (const hash of passwords ?? []) {
      expect(hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[\w+/]{22,}\$[\w+/]{43}$/);
    }
    expect(stored['api_keys']).toMatchObject([{ hash: sha256(key.rawKey) }]);
    expect(key.hash).toBe(sha256(key.rawKey));
    const tokens = stored['refresh_tokens']?.map((row) => (row as { hash: string }).hash);
    expect(tokens).toContain(sha256(session.refreshToken));
    expect(tokens).toContain(sha256(next.refreshToken));
    for (const secret of clear) expect(server.lines.join('\n')).not.toContain(secret);
  });
});

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
