import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { echoSpec, expectError, newPerson, type Person, raw, sdk, until } from '../support/api.js';
import { TestServer } from '../support/server.js';

describe('input that nothing reads, or nothing can hold', () => {
  let server: TestServer;
  let owner: Person;
  let tenant: string;
  beforeAll(async () => {
    server = await TestServer.start({
      driver: 'none',
      environment: { NEXUS_LOG_LEVEL: 'debug' },
    });
    owner = await newPerson(server);
    const body = { displayName: 'One' };
    tenant = (await sdk.createTenant({ client: owner.client, body })).data?.id ?? '';
  });
  afterAll(() => server.close());

  const ask = (method: string, path: string, body?: unknown) =>
    raw(server, method, path, {
      headers: { ...owner.headers, ...(body === undefined ? {} : JSON_TYPE) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  const JSON_TYPE = { 'content-type': 'application/json' };
  const cursor = Buffer.from(JSON.stringify([['\u0000'], '"tenants"'])).toString('base64url');

  it.each([
    ['GET', '/api/v1/agents/%00', 'invalid_request'],
    ['GET', '/api/v1/tenants/%00', 'invalid_request'],
    ['DELETE', '/api/v1/tenants/t_1/keys/%00', 'invalid_request'],
    ['GET', '/api/v1/agents?namespace=%00', 'invalid_request'],
    ['GET', `/api/v1/tenants?cursor=${cursor}`, 'invalid_request'],
  ])('a NUL is refused: %s %s', async (method, path, code) => {
    expectError(await ask(method, path), 400, code);
  });

  it('a NUL in a body is refused where it would be looked up, and kept where it would not', async () => {
    const login = { email: 'a\u0000@example.com', password: 'x' };
    expectError(await ask('POST', '/auth/login', login), 400, 'invalid_request');
    const chain = { chain: { on_complete: [{ agent: 'no\u0000body' }] } };
    const broken = await ask('POST', '/api/v1/agents', echoSpec('broken', chain));
    expectError(broken, 400, 'invalid_agent_spec');
    const spec = echoSpec('kept', { prompts: { system: 'a\u0000b' } });
    const elsewhere = { ...spec, metadata: { ...spec.metadata, namespace: 'no\u0000where' } };
    expect((await ask('POST', '/api/v1/agents', elsewhere)).response.status).toBe(201);
    const kept = await sdk.getAgent({ client: owner.client, path: { name: 'kept' } });
    expect(kept.data?.spec.spec['prompts']).toEqual({ system: 'a\u0000b' });
  });

  it.each([
    ['GET', '/api/v1/me?x=1'],
    ['GET', '/api/v1/tenants/{tenant}?x=1'],
    ['GET', '/api/v1/tenants/{tenant}/keys?x=1'],
    ['GET', '/healthz?x=1'],
  ])('a query that no route reads is refused: %s %s', async (method, path) => {
    const answer = await ask(method, path.replace('{tenant}', tenant));
    expect(expectError(answer, 400, 'invalid_request').issues).toEqual([
      { path: 'x', message: 'is not a known key' },
    ]);
  });

  it('a body that no route reads is refused, but for an empty one', async () => {
    const pause = (body: object) => ask('POST', '/api/v1/agents/kept/pause', body);
    expectError(await pause({ until: 'noon' }), 400, 'invalid_request');
    expect((await pause({})).response.status).toBe(200);
  });

  it('every answer can be found in the log by its id, without its path or query', async () => {
    const id = 'find-me-42';
    const headers = { ...owner.headers, 'x-request-id': id };
    await raw(server, 'GET', '/api/v1/agents/secret-name?namespace=secret-space', { headers });
    const line = await until('it is logged', async () =>
      server.lines.find((one) => one.includes(id)),
    );
    expect(JSON.parse(line)).toMatchObject({
      requestId: id,
      method: 'GET',
      route: '/api/v1/agents/:name',
      status: 404,
    });
    expect(server.lines.join('\n')).not.toContain('secret-');
  });
});
