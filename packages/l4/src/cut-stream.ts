// Cuts a connection so that the other end notices: with a reset where there is TCP underneath, because a FIN would look like a good end.
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';

/**
 * Closes a stream at once and drops what is not sent yet. A plain TCP socket is reset. Never throws; does nothing to a stream that is destroyed.
 */
export function cutStream(stream: Duplex): void {
  if (stream.destroyed) return;
  // A socket whose end is under way can not be reset: it would never close (docs/notes/sockets.md).
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
  // Bytes that wait for a peer that reads nothing would put off the reset for ever.
  if (stream.writableLength > 0) stream.destroy();
}

function isShuttingDown(socket: Socket): boolean {
  return socket.writableEnded && !socket.writableFinished;
}
