/** A model service for the agents of a test: it answers with what it was asked. */
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Model {
  /** What goes into `spec.model.primary`. */
  block: { provider: string; model: string; endpoint: string };
  /** How many questions it was asked. */
  asked(): number;
  /** How many callers left before their answer. */
  abandoned(): number;
  close(): Promise<void>;
}

interface Chat {
  messages?: { role: string; content: string }[];
}

/**
 * Speaks as an Ollama server does; asked to "fail please", it fails.
 *
 * @param delayMs how long it thinks
 * @param at where it listens: this machine alone, at a free port, when left out
 */
export async function startModel(delayMs = 0, at = { host: '127.0.0.1', port: 0 }): Promise<Model> {
  let asked = 0;
  let abandoned = 0;
  const server = createServer((request, response) => {
    void readBody(request).then((text) => {
      response.setHeader('content-type', 'application/json');
      if (request.method === 'GET') {
        response.end(JSON.stringify({ models: [] }));
        return;
      }
      asked++;
      const { messages = [] } = JSON.parse(text) as Chat;
      const query = messages.findLast(({ role }) => role === 'user')?.content ?? '';
      if (query.includes('fail please')) {
        response.statusCode = 500;
        response.end(JSON.stringify({ error: 'the model has failed as it was asked to' }));
        return;
      }
      const answer = {
        model: 'test',
        message: { role: 'assistant', content: `You said: ${query}` },
        done: true,
        prompt_eval_count: 7,
        eval_count: 5,
      };
      const thinking = setTimeout(() => response.end(JSON.stringify(answer)), delayMs);
      response.on('close', () => {
        clearTimeout(thinking);
        if (!response.writableFinished) abandoned++;
      });
    });
  });
  await new Promise<void>((resolve) => server.listen(at.port, at.host, resolve));
  const { port } = server.address() as AddressInfo;
  return {
    block: { provider: 'ollama', model: 'test', endpoint: `http://${at.host}:${port}` },
    asked: () => asked,
    abandoned: () => abandoned,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}
