import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { KeepAlive, requestText } from './keep-alive.js';

describe('sockets that stay open', () => {
  let server: Server;
  let url = '';
  let sockets = 0;
  const seen: string[] = [];
  beforeEach(async () => {
    sockets = 0;
    seen.length = 0;
    server = createServer((request, response) => {
      let body = '';
      request.on('data', (data: Buffer) => (body += data.toString()));
      request.on('end', () => {
        seen.push(`${request.method} ${request.url} ${String(request.headers['x-a'])} ${body}`);
        if (request.url === '/cut') request.socket.destroy();
        const text = 'ä'.repeat(30_000);
        response.writeHead(request.url === '/no' ? 404 : 200, {
          'content-length': Buffer.byteLength(text),
        });
        response.end(text);
      });
    });
    server.on('connection', () => sockets++);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterEach(() => void server.close());

  const text = (path: string, body?: string) =>
    requestText(url, {
      method: body === undefined ? 'GET' : 'POST',
      path,
      headers: { 'x-a': 'b' },
      body,
    });

  const answers = (line: KeepAlive, paths: readonly string[]) =>
    Promise.all(paths.map((path) => new Promise<number>((done) => line.ask(text(path), done))));

  it('carry one request after the other, whatever its answer', async () => {
    const line = new KeepAlive(url, 2);
    const paths = ['/a', '/no', '/b', '/c', '/no'];
    expect(await answers(line, paths)).toEqual([200, 404, 200, 200, 404]);
    expect(await new Promise((done) => line.ask(text('/d', '{"ü":1}'), done))).toBe(200);
    expect(seen).toContain('POST /d b {"ü":1}');
    expect(sockets).toBe(2);
    line.close();
  });

  it('tell of an answer that did not come', async () => {
    const line = new KeepAlive(url, 1);
    expect(await answers(line, ['/cut', '/a'])).toEqual([0, 0]);
    line.close();
  });
});
