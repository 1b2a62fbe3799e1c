import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { HttpConfig } from './config/http.config.js';
import { NewerSchemaError } from './platform/database/migrator.js';
import type { Logger } from './platform/logging/logger.js';
import { requestIdFrom } from './platform/http/request-context.js';
import type { RunningServer } from './server.js';

// In a cluster whoever ends is started again, ever more slowly, and nobody may look into it. A program
// that was put back onto a database of a newer version waits instead: alive, not ready, and it says why.

const RETRY_MS = 10_000;

/** What a start needs that may have to wait. */
export interface PatientStart {
  start: () => Promise<RunningServer>;
  /** Where it would listen. */
  http: Pick<HttpConfig, 'host' | 'port'>;
  logger: Pick<Logger, 'error'>;
  /** Settles when it is to stop. */
  asked: Promise<unknown>;
  retryMs?: number;
}

/**
 * Starts a server; as long as a newer version has the database, answers `/healthz` with 200, all
 * else with 503 and the reason, and looks again. Meanwhile it holds neither database nor data folder:
 * `nexus-admin restore` beside it can put back a backup of before.
 *
 * @returns undefined when it was asked to stop before it could start
 * @throws whatever else keeps the server from starting
 */
export async function startWhenUsable(wanted: PatientStart): Promise<RunningServer | undefined> {
  const { start, http, logger, asked, retryMs = RETRY_MS } = wanted;
  for (let attempt = 1; ; attempt++) {
    try {
      return await start();
    } catch (error) {
      if (!(error instanceof NewerSchemaError)) throw error;
      const problem = error.problems.join('; ');
      if (attempt === 1) logger.error('Waiting for a database that can be used', { problem });
      const server = await refuseEverybody(http, problem);
      const stop = await settlesWithin(asked, retryMs);
      await close(server);
      if (stop) return undefined;
    }
  }
}

function refuseEverybody({ host, port }: PatientStart['http'], problem: string): Promise<Server> {
  const server = createServer((request, response) => answer(request, response, problem));
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => resolve(server));
  });
}

function answer(request: IncomingMessage, response: ServerResponse, problem: string): void {
  const requestId = requestIdFrom(request.headers['x-request-id']);
  const alive = request.url === '/healthz';
  const body = alive
    ? { status: 'ok' }
    : {
        error: 'Not ready: database.',
        code: 'not_ready',
        requestId,
        checks: { database: problem },
      };
  response
    .writeHead(alive ? 200 : 503, {
      'Content-Type': 'application/json; charset=utf-8',
      'X-Request-Id': requestId,
      Connection: 'close',
      ...(alive ? {} : { 'Retry-After': String(RETRY_MS / 1000) }),
    })
    .end(JSON.stringify(body));
}

async function settlesWithin(asked: Promise<unknown>, withinMs: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), withinMs);
  });
  try {
    return await Promise.race([asked.then(() => true), late]);
  } finally {
    clearTimeout(timer);
  }
}

function close(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(() => resolve()));
}
