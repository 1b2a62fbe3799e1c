import { describe, expect, it } from 'vitest';
import { faultsOf } from './documented.js';

const headers = { 'content-type': 'application/json; charset=utf-8', 'x-request-id': 'r-1' };
const error = { error: 'No.', code: 'no', requestId: 'r-1' };

const answer = (status: number, body: unknown, more: Record<string, string> = {}): Response =>
  new Response(body === null ? null : JSON.stringify(body), {
    status,
    headers: { ...headers, ...more },
  });

describe('what the document says of an answer', () => {
  it.each([
    ['GET', '/healthz', 200, { status: 'ok' }],
    ['GET', '/healthz', 414, error],
    ['POST', '/auth/logout', 204, null],
    ['DELETE', '/api/v1/agents/x', 200, { deleted: 'x' }],
    ['DELETE', '/api/v1/agents/x', 404, { ...error, extra: 1 }],
    ['GET', '/nowhere', 404, error],
    ['PUT', '/healthz', 405, error],
    ['HEAD', '/healthz', 200, null],
  ])('holds for %s %s → %d %j', async (method, path, status, body) => {
    expect(await faultsOf(method, path, answer(status, body))).toEqual([]);
  });

  it.each([
    ['an undocumented status', 'GET', '/healthz', answer(404, error), /does not have this status/],
    ['a server error', 'GET', '/healthz', answer(500, error), /does not have this status/],
    ['an unknown route', 'GET', '/nowhere', answer(200, {}), /does not have this status/],
    ['a missing key', 'GET', '/healthz', answer(200, {}), /required property 'status'/],
    ['a key too many', 'GET', '/healthz', answer(200, { status: 'ok', a: 1 }), /additional/],
    ['a broken named schema', 'GET', '/nowhere', answer(404, { ...error, code: 1 }), /\/code/],
    ['another type', 'GET', '/healthz', answer(200, {}, { 'content-type': 'text/html' }), /type/],
  ])('is broken by %s', async (_what, method, path, response, fault) => {
    expect((await faultsOf(method, path, response)).join()).toMatch(fault);
  });

  it('is broken by an answer without its id', async () => {
    const response = answer(200, { status: 'ok' });
    response.headers.delete('x-request-id');
    expect(await faultsOf('GET', '/healthz', response)).toEqual(['it has no X-Request-Id']);
  });
});
