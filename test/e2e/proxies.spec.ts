import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectError, type Headers, newPerson, type Person, raw } from '../support/api.js';
import { TestServer } from '../support/server.js';

const APP = 'https://app.example.com';

/** The address that a session is told to come from, when it is opened with these headers. */
async function addressSeen(server: TestServer, headers: Headers): Promise<string> {
  const person = await newPerson(server);
  const body = JSON.stringify({ refreshToken: person.session.refreshToken });
  const sent = { ...headers, 'content-type': 'application/json' };
  await raw(server, 'POST', '/auth/refresh', { headers: sent, body });
  const { text } = await raw(server, 'GET', '/api/v1/me/sessions', { headers: person.headers });
  const [session] = JSON.parse(text) as { address: string }[];
  return session?.address ?? '';
}

describe('a server behind no proxy', () => {
  let server: TestServer;
  let person: Person;
  beforeAll(async () => {
    server = await TestServer.start({ driver: 'none' });
    person = await newPerson(server);
  });
  afterAll(() => server.close());

  it.each<Headers>([
    { 'x-forwarded-for': '192.0.2.7' },
    { 'x-forwarded-for': '127.0.0.1, 192.0.2.7' },
    { 'x-real-ip': '192.0.2.7', forwarded: 'for=192.0.2.7' },
  ])('believes no %j', async (headers) => {
    expect(await addressSeen(server, headers)).toBe('127.0.0.1');
  });

  it('answers pages of other origins without CORS', async () => {
    const headers = { ...person.headers, origin: APP };
    const { response } = await raw(server, 'GET', '/api/v1/me', { headers });
    expect(response.status).toBe(200);
    expect(corsHeaders(response)).toEqual([]);
    const asked = { origin: APP, 'access-control-request-method': 'GET' };
    const preflight = await raw(server, 'OPTIONS', '/api/v1/me', { headers: asked });
    expectError(preflight, 405, 'method_not_allowed');
    expect(corsHeaders(preflight.response)).toEqual([]);
  });
});

describe('a server behind proxies', () => {
  let server: TestServer;
  let person: Person;
  beforeAll(async () => {
    server = await TestServer.start({
      driver: 'none',
      environment: {
        NEXUS_TRUSTED_PROXIES: '127.0.0.1, 10.0.0.0/8 2001:db8:ffff::/48',
        NEXUS_CORS_ORIGINS: `${APP},http://localhost:5173`,
      },
    });
    person = await newPerson(server);
  });
  afterAll(() => server.close());

  it.each([
    ['192.0.2.7', '192.0.2.7'],
    // Whatever the caller wrote itself stands to the left of what the proxies added.
    ['203.0.113.9, 192.0.2.7', '192.0.2.7'],
    ['203.0.113.9, 192.0.2.7, 10.1.2.3', '192.0.2.7'],
    ['192.0.2.7, 2001:db8:ffff::5, 10.1.2.3', '192.0.2.7'],
    ['10.9.9.9, 192.0.2.7', '192.0.2.7'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['2001:DB8::7', '2001:db8::7'],
    ['<script>', '127.0.0.1'],
    ['x'.repeat(5000), '127.0.0.1'],
  ])('takes from %j the rightmost address that is none of theirs', async (header, address) => {
    expect(await addressSeen(server, { 'x-forwarded-for': header })).toBe(address);
  });

  it('lets pages of the origins on the list read answers, errors included', async () => {
    for (const origin of [APP, 'http://localhost:5173']) {
      const headers = { ...person.headers, origin };
      const { response } = await raw(server, 'GET', '/api/v1/tenants', { headers });
      expect(response.status).toBe(200);
      expect(response.headers.get('access-control-allow-origin')).toBe(origin);
      expect(response.headers.get('vary')).toBe('Origin');
      expect(response.headers.get('access-control-allow-credentials')).toBeNull();
      const exposed = response.headers.get('access-control-expose-headers')?.split(', ');
      expect(exposed).toEqual(['ETag', 'Link', 'Retry-After', 'X-Request-Id', 'X-Total-Count']);
      for (const path of ['/api/v1/me', '/nowhere']) {
        const error = await raw(server, 'GET', path, { headers: { origin } });
        expect(error.response.status).toBeGreaterThanOrEqual(400);
        expect(error.response.headers.get('access-control-allow-origin')).toBe(origin);
      }
    }
  });

  it('answers their preflights', async () => {
    const headers = {
      origin: APP,
      'access-control-request-method': 'PUT',
      'access-control-request-headers': 'authorization,content-type,if-match,x-tenant-id',
    };
    const { response, text } = await raw(server, 'OPTIONS', '/api/v1/agents/bot', { headers });
    expect(response.status).toBe(204);
    expect(text).toBe('');
    expect(response.headers.get('access-control-allow-origin')).toBe(APP);
    expect(response.headers.get('access-control-allow-methods')).toContain('PUT');
    const allowed = response.headers.get('access-control-allow-headers')?.toLowerCase().split(', ');
    for (const name of headers['access-control-request-headers'].split(',')) {
      expect(allowed).toContain(name);
    }
    expect(response.headers.get('x-request-id')).toMatch(/\w/);
  });

  it.each(['https://evil.example.com', 'https://app.example.com.evil.com', 'null', `${APP}:8443`])(
    'gives nothing to %s',
    async (origin) => {
      const headers = { ...person.headers, origin };
      const { response } = await raw(server, 'GET', '/api/v1/me', { headers });
      expect(response.status).toBe(200);
      expect(corsHeaders(response)).toEqual([]);
      const asked = { origin, 'access-control-request-method': 'GET' };
      const preflight = await raw(server, 'OPTIONS', '/api/v1/me', { headers: asked });
      expectError(preflight, 405, 'method_not_allowed');
      expect(corsHeaders(preflight.response)).toEqual([]);
    },
  );
});

function corsHeaders(response: Response): string[] {
  return [...response.headers.keys()].filter((name) => name.startsWith('access-control-'));
}
