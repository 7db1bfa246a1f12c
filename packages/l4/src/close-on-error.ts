// The listener that every socket of ours has from birth to death.
import type { Socket } from 'node:net';

/**
 * Closes a socket when it has an error, for life: its owner hears errors by its own listeners, and between owners nobody does.
 * Node itself leaves a socket open after an error of TLS behind the handshake, such as an alert.
 */
export function closeOnError(socket: Socket): void {
  socket.on('error', destroy);
}

function destroy(this: Socket): void {
  this.destroy();
}
