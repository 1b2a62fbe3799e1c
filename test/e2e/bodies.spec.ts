import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { echoSpec, expectData, newPerson, type Person, raw, sdk } from '../support/api.js';
import { TestServer } from '../support/server.js';

const JSON_TYPE = 'application/json';
const INVALID_UTF8 = Buffer.concat([
  Buffer.from('{"displayName":"'),
  Buffer.from([0xc3, 0x28]),
  Buffer.from('"}'),
]);

const ROUTES = [
  ['POST', '/auth/register'],
  ['POST', '/auth/login'],
  ['POST', '/auth/refresh'],
  ['POST', '/auth/logout'],
  ['POST', '/api/v1/tenants'],
  ['PATCH', '/api/v1/tenants/{tenant}'],
  ['POST', '/api/v1/tenants/{tenant}/keys'],
  ['POST', '/api/v1/agents/bot/run'],
] as const;

const BODIES: [what: string, type: string, body: string | Uint8Array, status: number][] = [
  ['text', 'text/plain', 'hello', 415],
  ['a form', 'application/x-www-form-urlencoded', 'email=a', 415],
  ['YAML', 'application/yaml', 'displayName: a', 415],
  ['more than 256 KiB', JSON_TYPE, JSON.stringify({ a: 'x'.repeat(257 * 1024) }), 413],
  ['invalid UTF-8', JSON_TYPE, INVALID_UTF8, 400],
  ['no JSON', JSON_TYPE, '{"a":', 400],
  ['a list', JSON_TYPE, '[]', 400],
  ['__proto__', JSON_TYPE, '{"__proto__":{"a":1}}', 400],
  ['JSON that is nested too deep', JSON_TYPE, '['.repeat(5000), 400],
];

// What is no acceptable body at all is refused by every route that takes JSON, in one shape.
describe('a body', () => {
  let server: TestServer;
  let owner: Person;
  let tenantId: string;
  beforeAll(async () => {
    server = await TestServer.start({ driver: 'none' });
    owner = await newPerson(server);
    const body = { displayName: 'One' };
    tenantId = expectData(await sdk.createTenant({ client: owner.client, body }), 201).id;
    expectData(await sdk.createAgent({ client: owner.client, body: echoSpec('bot') }), 201);
  });
  afterAll(() => server.close());

  it.each(BODIES)('of %s is refused everywhere', async (_what, type, body, status) => {
    for (const [method, route] of ROUTES) {
      const headers = { ...owner.headers, 'content-type': type };
      const place = route.replace('{tenant}', tenantId);
      const answer = await raw(server, method, place, { headers, body });
      expect(answer.response.status, `${method} ${route}: ${answer.text}`).toBe(status);
      expect(answer.error).toMatchObject({
        error: expect.stringMatching(/\w/),
        code: expect.stringMatching(/^[a-z_]+$/),
        requestId: answer.response.headers.get('x-request-id'),
      });
    }
    expectData(await sdk.whoAmI({ client: owner.client }), 200);
  });
});
