import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  echoSpec,
  expectData,
  expectError,
  newPerson,
  type Person,
  raw,
  sdk,
  theAdmin,
} from '../support/api.js';
import { isList, type Route, ROUTES } from '../support/document.js';
import { sampleOf } from '../support/sample.js';
import { TestServer } from '../support/server.js';
import {
  exchange,
  exchangeWithin,
  expectOurError,
  head,
  type WireAnswer,
} from '../support/wire.js';

const JSON_TYPE = { 'content-type': 'application/json' };
const YAML_TYPE = { 'content-type': 'application/yaml' };
/** In which a server gives up to wait for the head of a request. */
const LONGEST_WAIT_MS = 40_000;
const SPEC = 'apiVersion: astromesh/v1\nkind: Agent\nmetadata: {name: odd}\nspec:\n';

// What comes in is refused in our own shape wherever it is refused: by the parser, the framework,
// or us.
describe('input', () => {
  let server: TestServer;
  let owner: Person;
  let admin: Person;
  let tenantId: string;
  let rawKey: string;
  let slow: Promise<WireAnswer>;
  beforeAll(async () => {
    server = await TestServer.start({ driver: 'none' });
    // It takes its time, so it begins before everything else.
    slow = exchangeWithin(LONGEST_WAIT_MS, server, 'GET /healthz HTTP/1.1\r\nHost: nexus.test\r\n');
    slow.catch(() => undefined);
    owner = await newPerson(server);
    admin = await theAdmin(server);
    const body = { displayName: 'Input' };
    tenantId = expectData(await sdk.createTenant({ client: owner.client, body }), 201).id;
    expectData(await sdk.createAgent({ client: owner.client, body: echoSpec('bot') }), 201);
    const key = { client: owner.client, path: { id: tenantId }, body: { label: 'input' } };
    ({ rawKey } = expectData(await sdk.createTenantKey(key), 201));
  });
  afterAll(() => server?.close());

  const send = (method: string, path: string, body?: string | Uint8Array, type = JSON_TYPE) =>
    raw(server, method, path, {
      headers: { ...owner.headers, ...(body === undefined ? {} : type) },
      ...(body === undefined ? {} : { body }),
    });

  describe('that is no good HTTP', () => {
    const POST = 'POST /auth/login HTTP/1.1';
    const LENGTH = { ...JSON_TYPE, 'Content-Length': '2' };
    const chunked = { ...JSON_TYPE, 'Transfer-Encoding': 'chunked' };
    const long = 'x'.repeat(300 * 1024);

    it.each([
      ['a header of 20 KB', 431, head('GET /healthz HTTP/1.1', { 'X-Long': 'x'.repeat(20_000) })],
      ['a URL of 9 KB', 414, head(`GET /api/v1/agents/${'x'.repeat(9000)} HTTP/1.1`)],
      ['a query of 9 KB', 414, head(`GET /healthz?q=${'x'.repeat(9000)} HTTP/1.1`)],
      ['a URL of 9 KB that is nowhere', 414, head(`GET /${'x'.repeat(9000)} HTTP/1.1`)],
      ['a bad percent escape', 400, head('GET /api/v1/agents/%zz HTTP/1.1')],
      ['half a percent escape', 400, head('GET /api/v1/agents/% HTTP/1.1')],
      ['an escape of no character', 400, head('GET /api/v1/agents/%ff%fe HTTP/1.1')],
      ['a method that nobody knows', 400, head('BREW /healthz HTTP/1.1')],
      ['a tunnel', 400, 'CONNECT nexus.test:443 HTTP/1.1\r\nHost: nexus.test:443\r\n\r\n'],
      ['no request at all', 400, 'hello there\r\n\r\n'],
      ['another protocol', 400, 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
      ['no Host', 400, 'GET /healthz HTTP/1.1\r\nConnection: close\r\n\r\n'],
      ['a header without a colon', 400, 'GET /healthz HTTP/1.1\r\nHost: a\r\nodd\r\n\r\n'],
      ['a broken chunk', 400, `${head(POST, chunked)}zz\r\n{}\r\n0\r\n\r\n`],
      ['a chunk longer than it says', 400, `${head(POST, chunked)}1\r\n{}{}\r\n0\r\n\r\n`],
      ['two lengths', 400, `${head(POST, { ...LENGTH, 'content-length': '3' })}{}`],
      ['a length and chunks', 400, `${head(POST, { ...LENGTH, ...chunked })}0\r\n\r\n`],
      ['a negative length', 400, `${head(POST, { ...LENGTH, 'Content-Length': '-1' })}{}`],
      ['a body of 300 KiB', 413, head(POST, { ...JSON_TYPE, 'Content-Length': '307200' })],
      ['chunks of 300 KiB', 413, `${head(POST, chunked)}4b000\r\n${long}\r\n0\r\n\r\n`],
    ])('is refused: %s', async (_what, status, bytes) => {
      expectOurError(await exchange(server, bytes), status);
    });

    it('is refused: what does not arrive in time', async () => {
      expectOurError(await slow, 408);
    });

    it.each(['Authorization', 'X-API-Key'])('is refused: two values of %s', async (name) => {
      const me = (...values: string[]) => {
        const lines = values.map((value) => `${name}: ${value}\r\n`).join('');
        const start = head('GET /api/v1/me HTTP/1.1').replace(/\r\n$/, lines);
        return exchange(server, `${start}\r\n`);
      };
      const value = name === 'Authorization' ? (owner.headers['authorization'] ?? '') : rawKey;
      expect(await me(value)).toMatchObject({ status: 200 });
      expect(await me(value, value)).toMatchObject({ status: 200 });
      for (const both of [
        [value, `Bearer ${rawKey}x`],
        [`Bearer ${rawKey}x`, value],
      ]) {
        expect(expectOurError(await me(...both), 400)).toBe('ambiguous_credentials');
      }
    });

    it('is not what only looks unusual', async () => {
      const absolute = await exchange(server, head('GET http://nexus.test/healthz HTTP/1.1'));
      expect(absolute).toMatchObject({ status: 200, body: '{"status":"ok"}' });
      const body = JSON.stringify({ email: 'nobody@example.com', password: 'x' });
      const expecting = { Expect: '100-continue', 'Content-Length': String(body.length) };
      const start = head(POST, { ...JSON_TYPE, ...expecting });
      expectOurError(await exchange(server, start, body), 401);
      const wonders = head(POST, { ...JSON_TYPE, ...expecting, Expect: 'wonders' });
      expectOurError(await exchange(server, wonders, body), 401);
      const parts = [body.slice(0, 9), body.slice(9)];
      const chunks = parts.map((part) => `${part.length.toString(16)}\r\n${part}\r\n`).join('');
      expectOurError(await exchange(server, head(POST, chunked), `${chunks}0\r\n\r\n`), 401);
    });
  });

  describe('to a route', () => {
    it.each([
      ['GET', '/nowhere', 404],
      ['POST', '/api/v1/agents/a/b/c', 404],
      ['GET', '/api/v1', 404],
      ['GET', '//healthz', 404],
      ['GET', '/healthz/', 404],
      ['GET', '/HEALTHZ', 404],
      ['GET', '/docs/nowhere', 404],
    ])('that is not there is refused: %s %s', async (method, path, status) => {
      expectOurError(await exchange(server, head(`${method} ${path} HTTP/1.1`)), status);
    });

    it.each([
      ['DELETE', '/healthz', 'GET, HEAD'],
      ['PUT', '/api/v1/tenants', 'GET, HEAD, POST'],
      ['OPTIONS', '/api/v1/tenants', 'GET, HEAD, POST'],
      ['TRACE', '/auth/login', 'POST'],
      ['PROPFIND', '/auth/login', 'POST'],
      ['GET', '/auth/login', 'POST'],
    ])('with another method is refused: %s %s', async (method, path, allow) => {
      const answer = await exchange(server, head(`${method} ${path} HTTP/1.1`));
      expect(answer).toMatchObject({ status: 405, headers: { allow } });
      expect(expectOurError(answer, 405)).toBe('method_not_allowed');
    });

    it('with HEAD is refused without a body where GET is', async () => {
      const answer = await exchange(server, head('HEAD /auth/login HTTP/1.1'));
      expect(answer).toMatchObject({ status: 405, headers: { allow: 'POST' }, body: '' });
    });

    it('is answered without a body to HEAD', async () => {
      const answer = await exchange(server, head('HEAD /healthz HTTP/1.1'));
      expect(answer).toMatchObject({ status: 200, body: '' });
      expect(answer.headers['content-length']).toBe('15');
    });

    it('carries a request id, ours unless theirs is well-formed', async () => {
      for (const path of ['/healthz', '/nowhere', '/api/v1/agents/%zz', '/api/v1/me']) {
        const start = `GET ${path} HTTP/1.1`;
        const taken = await exchange(server, head(start, { 'X-Request-Id': 'abc-1.2_3' }));
        expect(taken.headers['x-request-id'], path).toBe('abc-1.2_3');
        for (const bad of ['a b', 'x'.repeat(129), '{"a":1}', 'a,b']) {
          const made = await exchange(server, head(start, { 'X-Request-Id': bad }));
          expect(made.headers['x-request-id'], path).toMatch(/^[0-9a-f-]{36}$/);
        }
      }
    });
  });

  describe('with a key too many', () => {
    /** The node of a tenant reads the query itself, and what is beside the words of a run. */
    const ofANode = ({ path }: Route) => path.includes('/node/');
    /** A spec may hold anything beside what is checked. */
    const ofASpec = ({ operation }: Route) =>
      Object.keys(operation.requestBody?.content ?? {}).length > 1;
    const strict = ROUTES.filter((route) => !ofANode(route));

    const send = (route: Route, query: string, body: object) => {
      const at = route.path
        .replace('variables/{name}', 'variables/KEY')
        .replace('{n}', '1')
        .replaceAll(/\{[^}]+\}/g, 'x');
      const hasBody = !['GET', 'DELETE'].includes(route.method);
      return raw(server, route.method, `${at}${query}`, {
        headers: { ...admin.headers, ...(hasBody ? JSON_TYPE : {}) },
        ...(hasBody ? { body: JSON.stringify(body) } : {}),
      });
    };
    const placesOf = (answer: { error: unknown }): string[] | undefined =>
      (answer.error as sdk.Error).issues?.map(({ path }) => path);

    it('in the query is refused everywhere', async () => {
      for (const route of strict) {
        const schema = route.operation.requestBody?.content['application/json']?.schema;
        const body = schema === undefined ? {} : (sampleOf(schema) as object);
        const answer = await send(route, '?surplus=1', body);
        expect(answer.response.status, `${route.method} ${route.path}`).toBe(400);
        expect(placesOf(answer), `${route.method} ${route.path}`).toContain('surplus');
      }
    });

    it('in the body is refused everywhere but in a spec', async () => {
      const routes = strict.filter((route) => route.method !== 'GET' && route.method !== 'DELETE');
      for (const route of routes.filter((one) => !ofASpec(one))) {
        const answer = await send(route, '', { surplus: 1 });
        expect(answer.response.status, `${route.method} ${route.path}`).toBe(400);
        expect(placesOf(answer), `${route.method} ${route.path}`).toContain('surplus');
      }
    });
  });

  describe('in a query', () => {
    const lists = ROUTES.filter(isList).map((route) => route.path);
    const ask = (list: string, query: string) => {
      const at = list.replace('{id}', tenantId).replace('{name}', 'bot');
      return raw(server, 'GET', `${at}?${query}`, { headers: admin.headers });
    };

    const limits = ['-1', '0', '1001', '1e2', '0x10', '+5', '5.0', 'ten', '', ' 5', '9'.repeat(40)];
    it.each(limits)('is refused: the limit %j', async (limit) => {
      for (const path of lists) {
        const answer = await ask(path, `limit=${encodeURIComponent(limit)}`);
        expectError(answer, 400, 'invalid_request');
      }
    });

    const cursors = ['', 'x', 'AAAA', 'e30', 'WyJhIl0', '%00', '..%2f', 'x'.repeat(2000)];
    it.each(cursors)('is refused: the cursor %j', async (cursor) => {
      for (const path of lists) {
        expectError(await ask(path, `cursor=${cursor}`), 400, 'invalid_request');
      }
    });

    it('is taken at both ends of what a limit may be', async () => {
      expect(lists.length).toBeGreaterThan(12);
      for (const path of lists) {
        const [least, most] = [await ask(path, 'limit=1'), await ask(path, 'limit=1000')];
        const total = least.response.headers.get('x-total-count');
        expect(total, path).toMatch(/^\d+$/);
        expect(most.response.headers.get('x-total-count'), path).toBe(total);
        expect((least.error as unknown[]).length, path).toBeLessThanOrEqual(1);
      }
    });

    it.each([
      ['GET', '/api/v1/tenants?limit=1&limit=2'],
      ['GET', '/api/v1/tenants?sort=asc'],
      ['GET', '/api/v1/tenants?__proto__=1'],
      ['GET', '/api/v1/agents?limit[a]=1'],
      ['GET', '/api/v1/agents/bot/logs?lines=0'],
      ['GET', '/api/v1/agents/bot/logs?lines=1001'],
      ['GET', '/api/v1/agents/bot/logs?lines=many'],
      ['GET', '/api/v1/agents/bot/logs?since=yesterday'],
      ['GET', '/api/v1/agents/bot/logs?level=loud'],
      ['GET', '/api/v1/agents/bot/logs?follow=1'],
      ['GET', '/api/v1/agents/bot/metrics?period=2d'],
      ['GET', '/api/v1/agents/bot/metrics?period='],
      ['GET', '/api/v1/me?verbose=1'],
      ['GET', '/healthz?verbose=1'],
      ['POST', '/auth/logout?all=1'],
    ])('is refused: %s %s', async (method, path) => {
      const answer = await send(method, path, method === 'POST' ? '{}' : undefined);
      expectError(answer, 400, 'invalid_request');
    });
  });

  describe('in a body', () => {
    it.each([
      ['invalid UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]), 400],
      ['an overlong sequence', Buffer.from([0x22, 0xc0, 0xaf, 0x22]), 400],
      ['half a document', '{"displayName":', 400],
      ['nothing', '', 400],
      ['a list', '[]', 400],
      ['null', 'null', 400],
      ['text', '"displayName"', 400],
      ['depth', '['.repeat(100_000), 400],
      ['depth in good order', `{"displayName":${'['.repeat(80)}${']'.repeat(80)}}`, 400],
      ['__proto__', '{"displayName":"a","__proto__":{"admin":true}}', 400],
      ['constructor', '{"displayName":"a","constructor":{"prototype":{"a":1}}}', 400],
      ['a key too many', '{"displayName":"a","id":"t_1"}', 400],
      ['a lone surrogate', '{"displayName":"\\ud800"}', 400],
      ['NUL', '{"displayName":"a\\u0000b"}', 400],
      ['a number beyond measure', '{"displayName":"a","resourceQuota":{"maxAgents":1e400}}', 400],
      ['a fraction', '{"displayName":"a","resourceQuota":{"maxAgents":1.5}}', 400],
      ['more than 256 KiB', `{"displayName":"${'x'.repeat(257 * 1024)}"}`, 413],
    ])('of JSON is refused: %s', async (_what, body, status) => {
      const { response, error, text } = await send('POST', '/api/v1/tenants', body);
      expect(response.status, text).toBe(status);
      expect(error).toMatchObject({ requestId: response.headers.get('x-request-id') });
    });

    it.each(['text/plain', 'application/xml', 'multipart/form-data; boundary=x', 'json', '*/*'])(
      'of the type %s is refused',
      async (type) => {
        const answer = await send('POST', '/api/v1/tenants', '{}', { 'content-type': type });
        expectError(answer, 415, 'unsupported_media_type');
      },
    );

    it('without a type is refused', async () => {
      const start = head('POST /auth/login HTTP/1.1', { 'Content-Length': '2' });
      expectOurError(await exchange(server, start, '{}'), 415);
    });

    const laughs = Array.from({ length: 9 }, (_, index) => {
      const before = index === 0 ? '"ha"' : `*a${index - 1}`;
      return `  a${index}: &a${index} [${Array.from({ length: 9 }, () => before).join(', ')}]`;
    }).join('\n');
    it.each([
      ['aliases without end', laughs],
      ['an alias of itself', '  a: &a [*a]'],
      ['a tag', '  a: !!binary aGE='],
      ['a tag of JavaScript', '  a: !!js/function "function () {}"'],
      ['a merge key', '  a: &a {b: 1}\n  c: {<<: *a}'],
      ['a number as key', '  1: a'],
      ['a list as key', '  ? [a]\n  : b'],
      ['a key twice', '  a: 1\n  a: 2'],
      ['infinity', '  a: .inf'],
      ['no number', '  a: .nan'],
      ['a number beyond 2⁵³', '  a: 9007199254740993'],
      ['a number below -2⁵³', '  a: -9007199254740993'],
      ['a lone surrogate', '  a: "\\ud800"'],
      ['__proto__', '  __proto__: {a: 1}'],
      ['depth', `  a: ${'['.repeat(80)}${']'.repeat(80)}`],
    ])('of YAML is refused: %s', async (_what, spec) => {
      const answer = await send('POST', '/api/v1/agents', `${SPEC}${spec}\n`, YAML_TYPE);
      expectError(answer, 400, 'invalid_agent_spec');
    });
  });
});
