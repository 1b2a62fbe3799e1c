import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  failure,
  PlainConnection,
  ScriptedApiServer,
} from '../../../test/support/scripted-api-server.js';
import { ClusterRequests } from './cluster-requests.js';
import { RequestObserver } from './request-observer.js';

class Answers extends RequestObserver {
  readonly seen: string[] = [];

  override answered(code: string, method: string): void {
    this.seen.push(`${method} ${code}`);
  }
}

let server: ScriptedApiServer;
let connection: PlainConnection;
let observer: Answers;
let requests: ClusterRequests;

beforeEach(async () => {
  server = await ScriptedApiServer.start();
  server.answer = () => ({ body: { fine: true } });
  connection = new PlainConnection(server.url, () => ({ authorization: 'Bearer t' }));
  observer = new Answers();
  requests = new ClusterRequests(connection, { observer, deadlineMs: 300, userAgent: 'nexus/1' });
});

afterEach(async () => {
  connection.close();
  await server.stop();
});

const get = { method: 'GET', path: '/x' } as const;

describe('a request to a cluster', () => {
  it('carries the credentials and who asks, and is counted', async () => {
    expect(await requests.json(get)).toEqual({ fine: true });
    expect(server.requests[0]?.headers).toMatchObject({
      authorization: 'Bearer t',
      'user-agent': 'nexus/1',
      accept: 'application/json',
    });
    expect(observer.seen).toEqual(['GET 200']);
  });

  it('renews refused credentials once', async () => {
    server.answer = () => (connection.refreshed === 0 ? failure(401, 'Unauthorized') : { body: 1 });
    expect(await requests.json(get)).toBe(1);
    server.answer = () => failure(401, 'Unauthorized');
    await expect(requests.json(get)).rejects.toMatchObject({ status: 401 });
    expect(observer.seen).toEqual(['GET 401', 'GET 200', 'GET 401', 'GET 401']);
  });

  it('is given up at its deadline, before the answer and within it', async () => {
    server.answer = () => ({ hang: true });
    await expect(requests.json(get)).rejects.toMatchObject({ status: 0, reason: 'Timeout' });
    server.answer = () => ({ headers: { 'content-length': '100' }, body: 'half' });
    await expect(requests.json(get)).rejects.toMatchObject({ reason: 'Timeout' });
    expect(observer.seen).toEqual(['GET <error>', 'GET 200']);
  });

  it('ends with the reason of its signal', async () => {
    server.answer = () => ({ hang: true });
    const abort = new AbortController();
    const asked = requests.json({ ...get, signal: abort.signal });
    abort.abort(new Error('enough'));
    await expect(asked).rejects.toThrow('enough');
  });

  it('is tried over on a stale connection only when that does no harm', async () => {
    await requests.json(get);
    let resets = 1;
    server.answer = () => (resets-- > 0 ? { reset: true } : { body: 2 });
    expect(await requests.json({ ...get, repeatable: true })).toBe(2);
    resets = 1;
    const post = requests.json({ method: 'POST', path: '/x', body: {} });
    await expect(post).rejects.toMatchObject({ status: 0, reason: 'Unreachable' });
    resets = 2;
    await expect(requests.json({ ...get, repeatable: true })).rejects.toMatchObject({
      reason: 'Unreachable',
    });
  });

  it('says when nobody listens, and when the answer is nonsense', async () => {
    server.answer = () => ({ body: 'no JSON' });
    await expect(requests.json(get)).rejects.toMatchObject({ reason: 'Nonsense' });
    await server.stop();
    const again = requests.json({ ...get, repeatable: true });
    await expect(again).rejects.toThrow('ECONNREFUSED');
    server = await ScriptedApiServer.start();
  });
});
