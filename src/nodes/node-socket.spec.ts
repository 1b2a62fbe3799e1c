import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { onTestFinished, describe, expect, it } from 'vitest';
import { type WebSocket, WebSocketServer } from 'ws';
import { NodeError } from './node.errors.js';
import type { NodeFrame } from './node.schemas.js';
import { openSocket } from './node-socket.js';

type Behaviour = (client: WebSocket, headers: NodeJS.Dict<string | string[]>) => void;

/** A server that upgrades, or answers HTTP when there is a listener for it. */
async function serve(behave: Behaviour, refuse?: RequestListener): Promise<string> {
  const server = createServer(refuse);
  const sockets = new WebSocketServer({ noServer: true });
  if (refuse === undefined) {
    server.on('upgrade', (request, socket, head) => {
      sockets.handleUpgrade(request, socket, head, (client) => behave(client, request.headers));
    });
  }
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    for (const client of sockets.clients) client.terminate();
    server.closeAllConnections();
    server.close();
  });
  return `ws://127.0.0.1:${(server.address() as AddressInfo).port}/v1/ws/agent/a`;
}

async function failure(work: Promise<unknown>): Promise<NodeError> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof NodeError) return error;
  throw new Error(`It should have failed as a node does: ${String(error)}`);
}

async function framesOf(url: string, deadlineMs = 5_000): Promise<NodeFrame[]> {
  const conversation = await openSocket({ url, deadlineMs });
  const frames: NodeFrame[] = [];
  for await (const frame of conversation.frames()) {
    frames.push(frame);
    if (frame.type === 'done') break;
  }
  return frames;
}

const send = (client: WebSocket, frame: object): void => client.send(JSON.stringify(frame));

describe('the WebSocket to a node', () => {
  it('sends the token and the message, and hands out the frames', async () => {
    const url = await serve((client, { authorization }) => {
      client.on('message', (data) => {
        send(client, {
          type: 'status',
          authorization,
          sent: JSON.parse((data as Buffer).toString()) as object,
        });
        send(client, { type: 'done', answer: 'x' });
      });
    });
    const conversation = await openSocket({ url, token: 'secret', deadlineMs: 5_000 });
    conversation.send({ query: 'q' });
    const frames = conversation.frames();
    expect((await frames.next()).value).toEqual({
      type: 'status',
      authorization: 'Bearer secret',
      sent: { query: 'q' },
    });
    expect((await frames.next()).value).toEqual({ type: 'done', answer: 'x' });
    await frames.return(undefined);
  });

  it.each([
    [200, 'text/html', '<html>hello</html>', 'nonsense'],
    [302, 'text/html', '', 'nonsense'],
    [401, 'application/json', '{"detail":"a token is missing"}', 'failed'],
    [404, 'application/json', '{"detail":"Not Found"}', 'not_found'],
    [503, 'application/json', '{"detail":"Runtime not initialized"}', 'not_ready'],
  ])('maps an answer %i %s', async (status, type, body, kind) => {
    const url = await serve(
      () => undefined,
      (_request, response) => {
        response.writeHead(status, { 'content-type': type, location: 'http://127.0.0.1:1/' });
        response.end(body);
      },
    );
    const error = await failure(openSocket({ url, deadlineMs: 5_000 }));
    expect(error).toMatchObject({ kind, status });
    expect(error.message).not.toContain('<html>');
  });

  it('says so when nobody listens', async () => {
    const error = await failure(openSocket({ url: 'ws://127.0.0.1:1/', deadlineMs: 5_000 }));
    expect(error).toMatchObject({ kind: 'unreachable', message: 'ECONNREFUSED' });
  });

  it('waits for no handshake beyond the deadline', async () => {
    const url = await serve(
      () => undefined,
      () => undefined,
    );
    expect((await failure(openSocket({ url, deadlineMs: 200 }))).kind).toBe('timeout');
  });

  it('waits for no end beyond the deadline', async () => {
    const url = await serve((client) => {
      const drip = setInterval(() => send(client, { type: 'token' }), 20);
      client.on('close', () => clearInterval(drip));
    });
    expect((await failure(framesOf(url, 300))).kind).toBe('timeout');
  });

  it.each<[string, Behaviour]>([
    ['a connection that breaks off', (client) => client.terminate()],
    ['one that ends early', (client) => client.close(1000)],
    ['text that is no frame', (client) => client.send('hello')],
    ['a frame without a type', (client) => client.send('{}')],
    ['bytes', (client) => client.send(Buffer.from('{"type":"done"}'), { binary: true })],
    ['a frame without end', (client) => client.send('x'.repeat(9 * 2 ** 20))],
  ])('calls %s nonsense', async (_what, behave) => {
    const url = await serve(behave);
    const error = await failure(framesOf(url));
    expect(['nonsense', 'unreachable']).toContain(error.kind);
  });

  it('hands out what came before the end', async () => {
    const url = await serve((client) => {
      send(client, { type: 'token' });
      send(client, { type: 'done' });
      client.close(1000);
    });
    expect((await framesOf(url)).map(({ type }) => type)).toEqual(['token', 'done']);
  });

  it('ends with its caller, who may be waiting or not', async () => {
    let open = 0;
    const url = await serve((client) => {
      open++;
      client.on('close', () => open--);
      send(client, { type: 'token' });
    });
    const leaving = new AbortController();
    const waiting = await openSocket({ url, deadlineMs: 5_000, signal: leaving.signal });
    const frames = waiting.frames();
    await frames.next();
    const next = frames.next();
    leaving.abort(new Error('left'));
    await expect(next).rejects.toThrow('left');
    const idle = (await openSocket({ url, deadlineMs: 5_000 })).frames();
    await idle.next();
    await idle.return(undefined);
    await expect.poll(() => open).toBe(0);
    await expect(openSocket({ url, deadlineMs: 1, signal: leaving.signal })).rejects.toThrow(
      'left',
    );
  });

  it('lets no more than so much wait, however few frames it is', async () => {
    let written = 0;
    const url = await serve((client) => {
      const more = (): void => {
        if (written >= 60) return;
        client.send(
          JSON.stringify({ type: 'token', at: written++, fill: 'x'.repeat(2 ** 20) }),
          more,
        );
      };
      more();
    });
    const frames = (await openSocket({ url, deadlineMs: 30_000 })).frames();
    await frames.next();
    await sleep(500);
    // What both ends of a loopback connection hold is up to 10 MiB of it.
    expect(written).toBeLessThan(25);
    for (let at = 1; at < 60; at++) expect((await frames.next()).value).toMatchObject({ at });
    await frames.return(undefined);
  });

  it('calls a frame that nests without end nonsense', async () => {
    const deep = `{"type":"token","x":${'['.repeat(100_000)}${']'.repeat(100_000)}}`;
    const url = await serve((client) => client.send(deep));
    expect((await failure(framesOf(url))).kind).toBe('nonsense');
  });

  it('reads no faster than frames are taken, and loses none', async () => {
    const total = 4_000;
    let written = 0;
    const url = await serve((client) => {
      const more = (): void => {
        if (written >= total) send(client, { type: 'done' });
        else
          client.send(
            JSON.stringify({ type: 'token', at: written++, fill: 'x'.repeat(10_000) }),
            more,
          );
      };
      more();
    });
    const frames = (await openSocket({ url, deadlineMs: 30_000 })).frames();
    await frames.next();
    await sleep(300);
    const whilePaused = written;
    expect(whilePaused).toBeLessThan(total);
    let seen = 1;
    for await (const frame of frames) {
      if (frame.type === 'done') break;
      expect(frame['at']).toBe(seen++);
    }
    expect(seen).toBe(total);
  });
});
