import { createServer, type RequestListener, type Server } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net';
import { onTestFinished, describe, expect, it } from 'vitest';
import { NodesConfig } from '../config/nodes.config.js';
import { NodeClient } from './node-client.service.js';
import { NodeError } from './node.errors.js';

const clientWith = (runTimeoutSeconds: number): NodeClient =>
  new NodeClient(
    new NodesConfig({
      command: undefined,
      templateDir: undefined,
      environment: [],
      startTimeoutSeconds: 1,
      localStarts: 1,
      ports: { first: 1, last: 2 },
      runTimeoutSeconds,
    }),
  );
const client = clientWith(1);

async function serve(listener: RequestListener): Promise<{ url: string; server: Server }> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server };
}

/** A server that speaks no HTTP. */
async function listen(behave: (socket: Socket) => void): Promise<AddressInfo> {
  const sockets = new Set<Socket>();
  const server = createTcpServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    behave(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return server.address() as AddressInfo;
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
    const error = await failure(client.list({ url }));
    expect(error).toMatchObject({ kind: 'nonsense', status: 200 });
    expect(error.message).toMatch(/larger than 8 MiB/);
    expect(written).toBeLessThan(64 * 2 ** 20);
  });

  it('reads nothing of an answer that says that it is too large', async () => {
    let written = 0;
    const { url } = await serve((_request, response) => {
      response.writeHead(200, { 'content-length': String(50 * 2 ** 20) });
      const more = setInterval(() => {
        if (!response.destroyed) response.write(Buffer.alloc(2 ** 20), () => (written += 2 ** 20));
      }, 1);
      response.on('close', () => clearInterval(more));
    });
    expect((await failure(client.list({ url }))).message).toMatch(/larger than 8 MiB/);
    expect(written).toBeLessThan(8 * 2 ** 20);
  });

  it('holds no more than so much of all answers of one node', async () => {
    const { url } = await serve((_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.write(' '.repeat(7 * 2 ** 20));
    });
    const runs = Array.from({ length: 6 }, () => failure(client.run({ url }, 'a', { query: 'x' })));
    const errors = await Promise.all(runs);
    const refused = errors.filter(({ message }) => message.includes('larger than 16 MiB together'));
    expect(refused.length).toBeGreaterThan(0);
    expect(refused.length).toBeLessThan(6);
    const { url: other } = await answering(200, '{"agents":[]}');
    expect(await client.list({ url: other })).toEqual([]);
  });

  it('calls what nests without end nonsense', async () => {
    const deep = `{"answer":${'['.repeat(100_000)}${']'.repeat(100_000)}}`;
    const { url } = await answering(200, deep);
    expect((await failure(client.run({ url }, 'a', { query: 'x' }))).kind).toBe('nonsense');
  });

  it.each([
    ['that is not HTTP', 'SSH-2.0-OpenSSH_9.2\r\n'],
    ['with headers without end', `HTTP/1.1 200 OK\r\nx: ${'x'.repeat(2 ** 20)}`],
  ])('calls an answer %s nonsense', async (_what, text) => {
    const { port } = await listen((socket) => void socket.write(text));
    const error = await failure(client.list({ url: `http://127.0.0.1:${port}` }));
    expect(error).toMatchObject({ kind: 'nonsense' });
  });

  it('takes what follows an answer for none of the next one', async () => {
    const answer = (name: string): string => {
      const body = JSON.stringify({ agents: [{ name, version: '1', status: 'deployed' }] });
      return `HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\n\r\n${body}`;
    };
    const { port } = await listen((socket) => {
      socket.on('data', () => socket.write(answer('first') + answer('smuggled')));
    });
    const url = `http://127.0.0.1:${port}`;
    for (let i = 0; i < 5; i++) {
      const seen = await client.list({ url }).catch((error: NodeError) => error.kind);
      expect(JSON.stringify(seen)).toMatch(/first|nonsense|unreachable/);
    }
  });

  it('checks a node while callers keep it busy', async () => {
    const { url } = await serve((request, response) => {
      if (request.method === 'GET') response.end('{"agents":[]}');
    });
    const busy = clientWith(60);
    const left = new AbortController();
    const runs = Array.from({ length: 300 }, () =>
      busy.run({ url }, 'a', { query: '' }, left.signal).catch((error: unknown) => error),
    );
    // Behind the runs it would have waited beyond its own deadline.
    expect(await busy.list({ url })).toEqual([]);
    left.abort();
    for (const error of await Promise.all(runs)) expect(error).toBe(left.signal.reason);
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
