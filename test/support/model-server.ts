/**
 * A small real HTTP server in the place of a model: it answers what a test tells it to and keeps
 * what it was asked.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

export interface ModelServerRequest {
  path: string;
  headers: IncomingMessage['headers'];
  body: Record<string, unknown>;
}

export interface ModelServer {
  /** `http://127.0.0.1:port` */
  url: string;
  port: number;
  /** What it was asked, oldest first. */
  requests: ModelServerRequest[];
  /** How many answers were cut by the caller. */
  aborted: number;
}

export type ModelReply = (response: ServerResponse, request: ModelServerRequest) => void;

/** Starts a server that ends with the test. `reply` may leave the answer open. */
export async function startModelServer(reply: ModelReply): Promise<ModelServer> {
  const model: ModelServer = { url: '', port: 0, requests: [], aborted: 0 };
  const server = createServer((message, response) => {
    const pieces: Buffer[] = [];
    message.on('data', (piece: Buffer) => pieces.push(piece));
    response.on('close', () => (model.aborted += response.writableFinished ? 0 : 1));
    message.on('end', () => {
      const body = JSON.parse(Buffer.concat(pieces).toString() || '{}') as Record<string, unknown>;
      const request = { path: message.url ?? '', headers: message.headers, body };
      model.requests.push(request);
      reply(response, request);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  model.port = (server.address() as AddressInfo).port;
  model.url = `http://127.0.0.1:${model.port}`;
  return model;
}

/** Answers every call as an Ollama server does, streamed or not: seven tokens in, two out. */
export function ollamaSays(...pieces: string[]): ModelReply {
  return (response, { body }) => {
    const last = { done: true, prompt_eval_count: 7, eval_count: 2 };
    const message = (content: string): object => ({ message: { role: 'assistant', content } });
    if (body['stream'] === false) {
      response.end(JSON.stringify({ ...message(pieces.join('')), ...last }));
      return;
    }
    for (const piece of pieces) {
      response.write(`${JSON.stringify({ ...message(piece), done: false })}\n`);
    }
    response.end(`${JSON.stringify({ ...message(''), ...last })}\n`);
  };
}
