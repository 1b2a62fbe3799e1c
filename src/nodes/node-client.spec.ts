import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { onTestFinished, describe, expect, it } from 'vitest';
import { NodesConfig } from '../config/nodes.config.js';
import { NodeClient } from './node-client.service.js';
import { NodeError } from './node.errors.js';

const config = new NodesConfig({
  command: undefined,
  templateDir: undefined,
  environment: [],
  startTimeoutSeconds: 1,
  localStarts: 1,
  ports: { first: 1, last: 2 },
  runTimeoutSeconds: 1,
});
const client = new NodeClient(config);

async function serve(listener: RequestListener): Promise<{ url: string; server: Server }> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server };
}

/** A server that gives every request the same answer. */
const answering = (status: number, body: string, type = 'application/json') =>
  serve((_request, response) => {
    response.writeHead(status, { 'content-type': type }).end(body);
  });

async function failure(call: Promise<unknown>): Promise<NodeError> {
  const error = await call.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof NodeError) return error;
  throw new Error(`It should have failed as a node does: ${String(error)}`);
}

describe('the client of a node', () => {
  it('sends the token, the name in the path, and JSON', async () => {
    const seen: string[] = [];
    const { url } = await serve((request, response) => {
      const { authorization = '', 'content-type': type = '' } = request.headers;
      seen.push(`${request.method} ${request.url} ${authorization} ${type}`);
      response.end('{}');
    });
    const node = { url, token: 'secret' };
    await client.register(node, { a: 1 });
    await client.deploy(node, 'a/b');
    await client.pause(node, 'a');
    await client.remove(node, 'a');
    expect(seen).toEqual([
      'POST /v1/agents Bearer secret application/json',
      'POST /v1/agents/a%2Fb/deploy Bearer secret ',
      'POST /v1/agents/a/pause Bearer secret ',
      'DELETE /v1/agents/a Bearer secret ',
    ]);
  });

  it.each([
    [400, '{"detail":"a bad program"}', 'rejected', 'a bad program'],
    [409, '{"detail":"no name"}', 'rejected', 'no name'],
    [
      422,
      '{"detail":[{"msg":"not an object"},{"msg":"at all"}]}',
      'rejected',
      'not an object; at all',
    ],
    [404, '{"detail":"Agent not found"}', 'not_found', 'Agent not found'],
    [503, '{"detail":"Runtime not initialized"}', 'not_ready', 'Runtime not initialized'],
    [
      502,
      '{"detail":{"error":"e","message":"no model","hint":"start it"}}',
      'failed',
      'no model start it',
    ],
    [500, '{"detail":"odd"}', 'failed', 'odd'],
    [302, '', 'nonsense', 'it answered 302'],
  ])('reads a %i with %s as %s', async (status, body, kind, message) => {
    const { url } = await answering(status, body);
    expect(await failure(client.deploy({ url }, 'a'))).toMatchObject({ kind, message, status });
  });

  it('knows a node that falls over by its plain text', async () => {
    const { url } = await answering(500, 'Internal Server Error', 'text/plain; charset=utf-8');
    const error = await failure(client.deploy({ url }, 'a'));
    expect(error).toMatchObject({ kind: 'crashed', transient: false });
  });

  it('counts an agent that is not there as removed, and as not found', async () => {
    const { url } = await answering(404, '{"detail":"Agent not found"}');
    await client.remove({ url }, 'a');
    expect(await client.find({ url }, 'a')).toBeUndefined();
  });

  it.each([
    ['HTML', '<html>hello</html>', 'text/html'],
    ['another shape', '{"agents":"many"}', 'application/json'],
    ['no body', '', 'application/json'],
  ])('calls %s nonsense, and shows none of it', async (_what, body, type) => {
    const { url } = await answering(200, body, type);
    const error = await failure(client.list({ url }));
    expect(error).toMatchObject({ kind: 'nonsense', transient: true });
    expect(error.message).not.toContain('hello');
  });

  it('notices half an answer', async () => {
    const { url } = await serve((_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': '100' });
      response.write('{"agents":[');
      setTimeout(() => response.destroy(), 20);
    });
    expect((await failure(client.list({ url }))).kind).toBe('nonsense');
  });

  it('stops reading an answer without end', async () => {
    let written = 0;
    const { url } = await serve((_request, response) => {
      const piece = Buffer.alloc(256 * 1024, ' ');
      const more = (): void => {
        while (!response.destroyed && written < 200 * 2 ** 20) {
          written += piece.length;
          if (!response.write(piece)) {
            response.once('drain', more);
            return;
          }
        }
      };
      more();
    });
    expect(await failure(client.list({ url }))).toMatchObject({ kind: 'nonsense' });
    expect(written).toBeLessThan(64 * 2 ** 20);
  });

  it('waits for nobody beyond the deadline, not even for a drip', async () => {
    const { url } = await serve((_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      const drip = setInterval(() => response.write(' '), 50);
      response.on('close', () => clearInterval(drip));
    });
    const started = Date.now();
    const error = await failure(client.run({ url }, 'a', { query: 'x' }));
    expect(error.kind).toBe('timeout');
    expect(Date.now() - started).toBeLessThan(3_000);
  });

  it('says so when nobody listens', async () => {
    const { url, server } = await answering(200, '{}');
    await new Promise((resolve) => server.close(resolve));
    expect(await failure(client.health({ url }))).toMatchObject({
      kind: 'unreachable',
      message: 'ECONNREFUSED',
    });
  });

  it('ends with its caller', async () => {
    let gone = false;
    const { url } = await serve((request) => {
      request.on('close', () => (gone = true));
    });
    const leaving = new AbortController();
    const run = client.run({ url }, 'a', { query: 'x' }, leaving.signal);
    setTimeout(() => leaving.abort(new Error('left')), 50);
    await expect(run).rejects.toThrow('left');
    await expect.poll(() => gone).toBe(true);
  });

  it('repeats a read whose kept connection was closed, and never a write', async () => {
    const sockets = new Set<Socket>();
    let calls = 0;
    let cut = false;
    const { url, server } = await serve((request, response) => {
      calls++;
      if (cut) {
        cut = false;
        request.socket.resetAndDestroy();
        return;
      }
      response.setHeader('content-type', 'application/json');
      response.end(request.method === 'GET' ? '{"agents":[]}' : '{}');
    });
    server.on('connection', (socket) => sockets.add(socket));
    expect(await client.list({ url })).toEqual([]);
    cut = true;
    expect(await client.list({ url })).toEqual([]);
    expect(calls).toBe(3);
    cut = true;
    expect((await failure(client.register({ url }, {}))).kind).toBe('unreachable');
    expect(calls).toBe(4);
  });
});
