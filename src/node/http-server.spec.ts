import { rename, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  agentConfig,
  ollamaModel,
  startTestNode,
  temporaryFolder,
  until,
} from '../../test/support/reference-node.js';
import { startModelServer } from '../../test/support/model-server.js';
import { matchPath, splitUrl } from './http-server.js';

/** What a raw socket gets back for some bytes; '' when the node only closes it. */
function talk(port: number, bytes: string): Promise<string> {
  return new Promise((resolve) => {
    let answer = '';
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes));
    socket.on('data', (piece) => (answer += piece.toString()));
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(answer));
  });
}

describe('the HTTP side of a node', () => {
  it('knows its paths', async () => {
    const node = await startTestNode();
    expect(await node.call('GET', '/v1/nope')).toMatchObject({
      status: 404,
      body: { detail: 'Not Found' },
    });
    expect(await node.call('PATCH', '/v1/agents')).toMatchObject({
      status: 405,
      body: { detail: 'Method Not Allowed' },
    });
    const moved = await fetch(`${node.url}/v1/traces?limit=3`, { redirect: 'manual' });
    expect([moved.status, moved.headers.get('location')]).toEqual([307, '/v1/traces/?limit=3']);
    expect((await fetch(`${node.url}/v1/agents/`)).status).toBe(200);
  });

  it('asks for the token of its folder everywhere but at the health check', async () => {
    const dir = await temporaryFolder();
    await writeFile(join(dir, 'token'), 'sesame\n');
    const node = await startTestNode({ dir });
    expect((await node.call('GET', '/v1/health')).status).toBe(200);
    const authorized = (authorization: string): RequestInit => ({ headers: { authorization } });
    for (const header of ['', 'Bearer', 'Bearer wrong', 'Basic sesame', 'Bearer sesame2']) {
      const reply = await node.call('GET', '/v1/agents', undefined, authorized(header));
      expect(reply).toMatchObject({ status: 401, body: { detail: 'Not authenticated' } });
    }
    expect((await node.call('GET', '/v1/nope')).status).toBe(401);
    expect((await node.call('POST', '/v1/agents', agentConfig('a'))).status).toBe(401);
    const reply = await node.call('GET', '/v1/agents', undefined, authorized('Bearer sesame'));
    expect(reply.status).toBe(200);
  });

  it('does not start over an empty token', async () => {
    const dir = await temporaryFolder();
    await writeFile(join(dir, 'token'), '\n');
    await expect(startTestNode({ dir })).rejects.toThrow('token file is empty');
  });

  it('refuses a body over 1 MiB, announced or not, and takes one below', async () => {
    const node = await startTestNode();
    const filler = (length: number): string =>
      JSON.stringify(agentConfig('a', { filler: 'x'.repeat(length) }));
    expect((await node.call('POST', '/v1/agents', filler(1_000_000))).status).toBe(201);
    expect(await node.call('POST', '/v1/agents', filler(2_000_000))).toMatchObject({
      status: 413,
      body: { detail: 'Request body too large' },
    });
    const streamed = await fetch(`${node.url}/v1/agents`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: new Blob([filler(2_000_000)]).stream(),
      duplex: 'half',
    });
    expect(streamed.status).toBe(413);
    expect((await node.call('GET', '/v1/health')).status).toBe(200);
  });

  it('survives what no client should send', async () => {
    const node = await startTestNode();
    const depth = 200_000;
    const deep = `{"metadata":{"name":"deep"},"spec":${'['.repeat(depth)}${']'.repeat(depth)}}`;
    expect((await node.call('POST', '/v1/agents', deep)).status).toBeGreaterThanOrEqual(400);
    const inherited = '{"__proto__":{"x":1},"metadata":{"name":"constructor"}}';
    expect((await node.call('POST', '/v1/agents', inherited)).status).toBe(201);
    expect((await node.call('GET', '/v1/agents/toString')).status).toBe(404);
    const latin = new Uint8Array([0x7b, 0x22, 0xe4, 0x22, 0x3a, 0x31, 0x7d]);
    const broken = await fetch(`${node.url}/v1/agents`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: latin,
    });
    expect(broken.status).toBe(422);
    expect(await talk(node.port, 'NONSENSE\r\n\r\n')).toContain('400 Bad Request');
    const longHeader = `GET / HTTP/1.1\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`;
    expect(await talk(node.port, longHeader)).toContain('431');
    const host = 'host: x\r\nconnection: close\r\n\r\n';
    expect(await talk(node.port, `GET //evil.example/v1/health HTTP/1.1\r\n${host}`)).toContain(
      '404',
    );
    expect(await talk(node.port, `GET http://x/v1/health HTTP/1.1\r\n${host}`)).toContain('404');
    expect((await node.call('GET', '/v1/health')).status).toBe(200);
  });

  it('answers 500 in JSON when the disk fails, and recovers with it', async () => {
    const node = await startTestNode();
    const folder = join(node.dir, 'agents');
    await rename(folder, `${folder}.away`);
    expect(await node.call('POST', '/v1/agents', agentConfig('a'))).toMatchObject({
      status: 500,
      body: { detail: 'Internal Server Error' },
    });
    expect((await node.call('GET', '/v1/agents')).body).toEqual({ agents: [] });
    await rename(`${folder}.away`, folder);
    expect((await node.call('POST', '/v1/agents', agentConfig('a'))).status).toBe(201);
  });

  it('ends a run when its client leaves', async () => {
    const model = await startModelServer(() => undefined);
    const node = await startTestNode();
    await node.deploy(agentConfig('a', { model: ollamaModel(model.url) }));
    const leave = new AbortController();
    const run = node.call('POST', '/v1/agents/a/run', { query: 'x' }, { signal: leave.signal });
    await until(() => model.requests.length === 1);
    leave.abort();
    await expect(run).rejects.toThrow('aborted');
    await until(() => model.aborted === 1);
    await until(() => node.log.some(({ message }) => message === 'run failed'));
    const { body } = await node.call('GET', '/v1/traces/');
    expect(body).toMatchObject({ traces: [{ spans: [{ status: 'error' }, { status: 'error' }] }] });
  });
});

describe('matchPath', () => {
  it('gives back the decoded name', () => {
    expect(matchPath('/v1/agents/:name', '/v1/agents/a%20b')).toBe('a b');
    expect(matchPath('/v1/agents/:name', '/v1/agents/%zz')).toBe('%zz');
    expect(matchPath('/v1/agents', '/v1/agents')).toBe('');
  });

  it.each(['/v1/agents', '/v1/agents/', '/v1/agents/a/b', '/v1/agent/a'])('refuses %s', (path) => {
    expect(matchPath('/v1/agents/:name', path)).toBeUndefined();
  });
});

describe('splitUrl', () => {
  it('separates path and query and never looks for a host', () => {
    expect(splitUrl('/a').path).toBe('/a');
    const { path, query } = splitUrl('//host/a?x=1?2');
    expect([path, query.get('x')]).toEqual(['//host/a', '1?2']);
  });
});
