import type { WebSocket } from 'ws';

/** What may wait for the other side to read it before its pings are no longer answered. */
const MOST_UNREAD_BYTES = 16 * 1024;

/**
 * Answers the pings of the other side, unless it does not read: pongs would pile up for as long as it
 * sends (RFC 6455, section 5.5.3, asks for the newest to be answered). For a socket without `autoPong`.
 */
export function answerPings(socket: WebSocket): void {
  socket.on('ping', (data) => {
    if (socket.bufferedAmount < MOST_UNREAD_BYTES) socket.pong(data);
  });
}
