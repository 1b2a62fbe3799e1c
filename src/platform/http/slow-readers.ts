import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';

/** How long a reader may take nothing of an answer that waits for it. */
const READER_PATIENCE_MS = 30_000;

/**
 * Cuts whoever asks and then does not read: the answer would stay in memory for as long as the
 * connection does. While an answer is being made nothing is timed.
 */
export function cutSlowReaders(server: FastifyInstance, patienceMs = READER_PATIENCE_MS): void {
  const unanswered = new WeakMap<Socket, number>();
  server.addHook('onRequest', (request, reply, done) => {
    const { socket } = request.raw;
    unanswered.set(socket, (unanswered.get(socket) ?? 0) + 1);
    reply.raw.once('close', () => {
      const left = (unanswered.get(socket) ?? 1) - 1;
      unanswered.set(socket, left);
      // Another request came over the connection before this one was answered, and may take long.
      if (left > 0) socket.setTimeout(0);
    });
    done();
  });
  server.addHook('onSend', (_request, reply, _payload, done) => {
    reply.raw.setTimeout(patienceMs);
    done();
  });
}
