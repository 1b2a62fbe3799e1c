/** The part of a kubelet that the API server asks for logs: `/containerLogs` over TLS. */
import { createServer, type Server } from 'node:https';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { open, readFile } from 'node:fs/promises';
import type { PodRunner } from './pod-runner.js';

const LOOK_EVERY_MS = 50;
const PATH = /^\/containerLogs\/([^/]+)\/([^/]+)\/([^/]+)$/;

export interface LogServerOptions {
  address: string;
  port: number;
  /** Files with what it shows to the API server. */
  certificate: string;
  key: string;
  find: (namespace: string, pod: string) => PodRunner | undefined;
}

/**
 * Listens, and answers with what containers said. Understands `follow`, `previous`, `tailLines`,
 * `limitBytes`, and `timestamps` and `sinceSeconds` by the times that a node's own lines tell.
 *
 * @throws Error when the address is taken
 */
export async function startLogServer(options: LogServerOptions): Promise<Server> {
  const [cert, key] = await Promise.all([options.certificate, options.key].map((f) => readFile(f)));
  const server = createServer({ cert, key }, (request, response) => {
    answer(options, request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.address, resolve);
  });
  return server;
}

async function answer(
  { find }: LogServerOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'https://kubelet');
  const [, namespace = '', pod = ''] = PATH.exec(pathname) ?? [];
  const runner = find(namespace, pod);
  if (runner === undefined) {
    response.writeHead(404).end(`pod ${namespace}/${pod} does not run here`);
    return;
  }
  const file = runner.logFile(searchParams.get('previous') === 'true');
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text === undefined) {
    response.writeHead(400).end(`container of ${namespace}/${pod} has not started`);
    return;
  }
  response.writeHead(200, { 'content-type': 'text/plain' });
  response.write(chosen(text, searchParams));
  if (searchParams.get('follow') === 'true') {
    await follow(file, Buffer.byteLength(text), runner, response, searchParams);
  }
  response.end();
}

/** Goes on until the reader leaves or the container has ended. */
async function follow(
  file: string,
  from: number,
  runner: PodRunner,
  response: ServerResponse,
  query: URLSearchParams,
): Promise<void> {
  const handle = await open(file);
  const buffer = Buffer.alloc(64 * 1024);
  let at = from;
  try {
    for (;;) {
      const isLast = !runner.isRunning || runner.logFile() !== file;
      const { bytesRead } = await handle.read(buffer, 0, buffer.length, at);
      at += bytesRead;
      if (bytesRead > 0) response.write(stamped(buffer.toString('utf8', 0, bytesRead), query));
      if (response.destroyed || (bytesRead === 0 && isLast)) return;
      if (bytesRead === 0) await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    }
  } finally {
    await handle.close();
  }
}

function chosen(text: string, query: URLSearchParams): string {
  const tail = query.get('tailLines');
  const seconds = query.get('sinceSeconds');
  const limit = query.get('limitBytes');
  let lines = text.split(/(?<=\n)/);
  if (seconds !== null) {
    const since = Date.now() - Number(seconds) * 1000;
    lines = lines.filter((line) => timeOf(line).getTime() >= since);
  }
  if (tail !== null) lines = Number(tail) === 0 ? [] : lines.slice(-Number(tail));
  const said = stamped(lines.join(''), query);
  return limit === null ? said : said.slice(0, Number(limit));
}

function stamped(text: string, query: URLSearchParams): string {
  if (query.get('timestamps') !== 'true') return text;
  return text.replaceAll(/^.+$/gm, (line) => `${timeOf(line).toISOString()} ${line}`);
}

function timeOf(line: string): Date {
  const [, time] = /"timestamp":"([^"]+)"/.exec(line) ?? [];
  return time === undefined ? new Date() : new Date(time);
}
