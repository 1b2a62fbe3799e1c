import type { Server } from 'node:http';
import type { Socket } from 'node:net';

/**
 * Watches for connections over which nothing was ever asked: clients open some ahead of time, and
 * a server that closes does not count them as idle.
 *
 * @returns ends those that are there
 */
export function watchSilentConnections(server: Server): () => void {
  const silent = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    silent.add(socket);
    socket.once('close', () => silent.delete(socket));
  });
  server.on('request', ({ socket }) => silent.delete(socket));
  server.on('upgrade', ({ socket }) => silent.delete(socket));
  return () => {
    for (const socket of silent) socket.destroy();
  };
}
