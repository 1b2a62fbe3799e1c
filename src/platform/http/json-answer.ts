import type { FastifyReply } from 'fastify';

/** Sends a body that is JSON already. */
export function sendJson(reply: FastifyReply, body: Buffer): Buffer {
  void reply.header('Content-Type', 'application/json; charset=utf-8');
  return body;
}
