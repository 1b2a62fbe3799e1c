/**
 * Loaded before the reference node (`--import`), so that it can be made sick while it runs: what its
 * folder says (`sickness.ts`) is done to requests before they reach it. Otherwise it is the node
 * that it is.
 */
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { type IncomingMessage, Server, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import path from 'node:path';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Sickness, SicknessKind, SickState } from './sickness.js';

type Request = [IncomingMessage, ServerResponse];

const FOLDER = process.env['NEXUS_NODE_DIR'] ?? '';
const TICK_MS = 50;
const CRASH_CODE = 3;
const LARGE_BYTES = 50_000_000;
const PIECE = 'x'.repeat(64 * 1024);
const FRAME = JSON.stringify({ type: 'token', content: 'x'.repeat(8 * 1024) });
const LINES_A_TICK = TICK_MS;
const LINE = 'x'.repeat(900);

const state: SickState = { open: 0, sentBytes: 0 };
const sockets = new WebSocketServer({ noServer: true });

function sicknessNow(): Sickness | undefined {
  try {
    return JSON.parse(readFileSync(path.join(FOLDER, 'sickness.json'), 'utf8')) as Sickness;
  } catch {
    return undefined;
  }
}

const json = { 'content-type': 'application/json' };

/** What is done to a request instead of answering it. */
const INSTEAD: Partial<Record<SicknessKind, (response: ServerResponse) => void>> = {
  hung: () => undefined,
  html: (response) => {
    response.writeHead(200, { 'content-type': 'text/html' });
    response.end('<html><body>It works!</body></html>');
  },
  cut: (response) => {
    response.writeHead(200, json).write('{"answer":"half of');
    setTimeout(() => response.destroy(), 10);
  },
  long: (response) => {
    response.writeHead(200, { ...json, 'content-length': '1000' }).write('{"answer":"x"}');
  },
  short: (response) => {
    const body = '{"answer":"x","agents":[],"uptime_seconds":1}';
    const told = ['HTTP/1.1 200 OK', 'content-type: application/json', 'content-length: 10'];
    response.socket?.write(`${told.join('\r\n')}\r\n\r\n${body}`);
  },
  large: (response) => {
    response.writeHead(200, json).write('{"answer":"');
    let left = LARGE_BYTES;
    const more = (): void => {
      while (left > 0 && !response.destroyed) {
        left -= PIECE.length;
        if (!response.write(PIECE)) {
          response.once('drain', more);
          return;
        }
      }
      response.end('"}');
    };
    more();
  },
};

/** Frames as fast as they are taken. */
function flood(client: WebSocket): void {
  state.open++;
  client.on('error', () => client.terminate());
  client.on('close', () => state.open--);
  const more = (): void => {
    if (client.readyState !== client.OPEN) return;
    client.send(FRAME, (error) => {
      if (error !== undefined && error !== null) return;
      state.sentBytes += FRAME.length;
      setImmediate(more);
    });
  };
  client.on('message', more);
}

/** Whether a request was dealt with. */
function treat(sickness: Sickness, [request, response]: Request, serve: () => void): boolean {
  const { kind, ms = 0 } = sickness;
  const instead = INSTEAD[kind];
  if (kind !== 'slow' && instead === undefined) return false;
  state.open++;
  response.once('close', () => state.open--);
  response.on('error', () => response.destroy());
  request.on('error', () => response.destroy());
  if (instead !== undefined) instead(response);
  else setTimeout(() => !response.destroyed && serve(), ms);
  return true;
}

const { emit } = Server.prototype as { emit: (this: Server, ...args: unknown[]) => boolean };
Server.prototype.emit = function (this: Server, event: string, ...args: unknown[]): boolean {
  const serve = (): boolean => emit.call(this, event, ...args);
  if (event !== 'request' && event !== 'upgrade') return serve();
  const sickness = sicknessNow();
  const [request] = args as [IncomingMessage];
  if (sickness === undefined || !new RegExp(sickness.only ?? '').test(request.url ?? '')) {
    return serve();
  }
  if (event === 'request') return treat(sickness, args as Request, serve) || serve();
  if (sickness.kind !== 'flood') return serve();
  const [, socket, head] = args as [IncomingMessage, Duplex, Buffer];
  sockets.handleUpgrade(request, socket, head, flood);
  return true;
};

function tell(): void {
  const file = path.join(FOLDER, 'sick-state.json');
  writeFileSync(`${file}.new`, JSON.stringify(state));
  renameSync(`${file}.new`, file);
}

function chat(agent = ''): void {
  const timestamp = new Date().toISOString();
  const line = JSON.stringify({ timestamp, level: 'info', message: LINE, agent });
  process.stdout.write(`${line}\n`.repeat(LINES_A_TICK));
}

setInterval(() => {
  const sickness = sicknessNow();
  if (sickness?.kind === 'chatty') chat(sickness.agent);
  if (sickness?.kind === 'crash') process.exit(CRASH_CODE);
  tell();
}, TICK_MS);

const atStart = sicknessNow();
if (atStart?.kind === 'crash') process.exit(CRASH_CODE);
if (atStart?.kind === 'deaf') await new Promise(() => undefined);
