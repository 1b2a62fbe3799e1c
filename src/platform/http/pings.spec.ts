import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { onTestFinished, describe, expect, it } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { answerPings } from './pings.js';

const HELLO = [
  'GET / HTTP/1.1',
  'Host: localhost',
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
  '',
  '',
].join('\r\n');
/** A masked ping of 125 bytes. */
const PING = Buffer.concat([Buffer.from([0x89, 0x80 | 125, 0, 0, 0, 0]), Buffer.alloc(125)]);

/** Serves WebSockets without answers of their own to pings; gives the port and who came. */
async function serve(): Promise<{ port: number; clients: WebSocket[] }> {
  const clients: WebSocket[] = [];
  const server = createServer();
  const sockets = new WebSocketServer({ server, autoPong: false });
  sockets.on('connection', (client) => {
    clients.push(client);
    answerPings(client);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    for (const client of clients) client.terminate();
    server.close();
  });
  return { port: (server.address() as AddressInfo).port, clients };
}

describe('pings', () => {
  it('are answered with what they hold', async () => {
    const { port } = await serve();
    const client = new WebSocket(`ws://127.0.0.1:${port}`);
    onTestFinished(() => client.terminate());
    const answered = new Promise((resolve) => client.on('pong', (data) => resolve(String(data))));
    client.on('open', () => client.ping('are you there'));
    expect(await answered).toBe('are you there');
  });

  it('of whoever does not read are not, beyond what may wait', async () => {
    const { port, clients } = await serve();
    const socket = connect(port, '127.0.0.1');
    onTestFinished(() => void socket.destroy());
    socket.write(HELLO);
    const many = Buffer.concat(Array.from({ length: 1_000 }, () => PING));
    socket.pause();
    let most = 0;
    for (let sent = 0; sent < 400; sent++) {
      if (!socket.write(many)) await new Promise((resolve) => socket.once('drain', resolve));
      if (sent % 20 === 0) await sleep(5);
      most = Math.max(most, clients[0]?.bufferedAmount ?? 0);
    }
    expect(most).toBeGreaterThan(0);
    expect(most).toBeLessThan(32 * 1024);
  });
});
