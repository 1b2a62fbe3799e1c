/** A real HTTP server in front of a node, which can be made to fall silent or to talk nonsense. */
import http, { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

/** `open` lets calls through, `silent` never answers, `broken` answers as a failing proxy does. */
export type GateMode = 'open' | 'silent' | 'broken';

export interface Gate {
  /** Where the node of a tenant is; all tenants share one. */
  urlFor(tenantId: string): string;
  /** How it treats the calls of a tenant; `open` unless something else was said. */
  readonly modes: Map<string, GateMode>;
  /** Keeps the answer to the next call of this kind back, once the node has given it. */
  keepAnswer(tenantId: string, call: string): KeptAnswer;
}

export interface KeptAnswer {
  /** Whether the node has answered. */
  readonly isThere: boolean;
  /** Passes it on. */
  release(): void;
}

/**
 * Starts one that ends with the test.
 *
 * @param told is called with the tenant and with `METHOD /path` of every call
 */
export async function startGate(
  target: string,
  told: (tenantId: string, call: string) => void,
): Promise<Gate> {
  const modes = new Map<string, GateMode>();
  const kept = new Map<string, (pass: () => void) => void>();
  const server = createServer((request, response) => {
    const [, tenantId = '', ...rest] = (request.url ?? '').split('/');
    const path = `/${rest.join('/')}`;
    const call = `${request.method} ${path}`;
    told(tenantId, call);
    const keep = kept.get(`${tenantId} ${call}`);
    kept.delete(`${tenantId} ${call}`);
    const mode = modes.get(tenantId) ?? 'open';
    if (mode === 'open') forward(target + path, request, response, keep);
    if (mode === 'broken') {
      response.writeHead(502, { 'content-type': 'text/html' }).end('<h1>Bad Gateway</h1>');
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const urlFor = (tenantId: string) => `http://127.0.0.1:${port}/${tenantId}`;
  const keepAnswer = (tenantId: string, call: string): KeptAnswer => {
    let pass: (() => void) | undefined;
    kept.set(`${tenantId} ${call}`, (given) => (pass = given));
    return {
      get isThere() {
        return pass !== undefined;
      },
      release: () => pass?.(),
    };
  };
  return { modes, urlFor, keepAnswer };
}

/** @param keep takes what passes the node's answer on; it passes at once when left out */
function forward(
  url: string,
  request: IncomingMessage,
  response: ServerResponse,
  keep: (pass: () => void) => void = (pass) => pass(),
): void {
  const { method, headers } = request;
  const call = http.request(url, { method, headers }, (answer) => {
    keep(() => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
  });
  call.on('error', () => response.destroy());
  request.pipe(call);
}
