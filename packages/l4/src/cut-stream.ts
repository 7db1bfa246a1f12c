// Cuts a connection so that the other end notices: with a reset where there is TCP underneath, because a FIN would look like a good end.
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';

/**
 * Closes a stream at once and drops what is not sent yet. A plain TCP socket is reset. Never throws; does nothing to a stream that is destroyed.
 *
 * Do not destroy the stream afterwards: Node ends a socket before it resets it, and a `destroy()` between the two fails to reset,
 * and never closes, the socket (`uv_tcp_close_reset` refuses while a shutdown is under way).
 */
export function cutStream(stream: Duplex): void {
  if (stream.destroyed) return;
  if (!(stream instanceof Socket) || stream.connecting || isShuttingDown(stream)) {
    stream.destroy();
    return;
  }
  try {
    stream.resetAndDestroy();
  } catch {
    // Unix sockets and TLS have no reset; the call throws.
    stream.destroy();
    return;
  }
  // Bytes that wait for a peer that reads nothing would put off the reset for ever. They also put off the shutdown, so destroying is safe.
  if (stream.writableLength > 0) stream.destroy();
}

function isShuttingDown(socket: Socket): boolean {
  return socket.writableEnded && !socket.writableFinished;
}
