import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Registry } from 'prom-client';

const PATH = '/metrics';

/** A listener of its own for whoever collects the metrics. */
export class MetricsListener {
  private constructor(
    private readonly server: Server,
    /** Where they are, for example `http://127.0.0.1:9090/metrics`. */
    readonly url: string,
  ) {}

  /** @throws Error with the code of the system, for example `EADDRINUSE` */
  static async start(registry: Registry, host: string, port: number): Promise<MetricsListener> {
    const server = createServer((request, response) => void answer(registry, request, response));
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, host, resolve);
    });
    const { address, family, port: chosen } = server.address() as AddressInfo;
    const name = family === 'IPv6' ? `[${address}]` : address;
    return new MetricsListener(server, `http://${name}:${chosen}${PATH}`);
  }

  /** Takes nothing new, and waits for the answer under way. */
  stop(): Promise<void> {
    return new Promise((resolve) => {
      this.server.close(() => resolve());
      this.server.closeIdleConnections();
    });
  }
}

async function answer(
  registry: Registry,
  { method, url }: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (url?.split('?')[0] !== PATH) {
    say(response, 404, `The metrics are at ${PATH}.\n`);
    return;
  }
  if (method !== 'GET' && method !== 'HEAD') {
    response.setHeader('Allow', 'GET, HEAD');
    say(response, 405, 'Use GET.\n');
    return;
  }
  try {
    say(response, 200, await registry.metrics(), registry.contentType);
  } catch {
    say(response, 500, 'The metrics could not be collected.\n');
  }
}

function say(response: ServerResponse, status: number, text: string, type = 'text/plain'): void {
  response.writeHead(status, { 'Content-Type': type, 'Content-Length': Buffer.byteLength(text) });
  response.end(text);
}
