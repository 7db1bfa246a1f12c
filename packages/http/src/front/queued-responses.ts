// Pipelined requests: their responses wait for their turn on the connection, and node does not tell them when it closes before that.
import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** Tells responses that have no socket yet when theirs closes. One listener per socket, however many wait. */
export class QueuedResponses {
  readonly #waiting = new WeakMap<Socket, Set<() => void>>();

  /** Calls `onClosed` when the socket closes before the response was closed. */
  add(socket: Socket, res: ServerResponse, onClosed: () => void): void {
    const waiting = this.#waiting.get(socket) ?? this.#watch(socket);
    waiting.add(onClosed);
    res.once('close', () => waiting.delete(onClosed));
  }

  #watch(socket: Socket): Set<() => void> {
    const waiting = new Set<() => void>();
    this.#waiting.set(socket, waiting);
    socket.once('close', () => {
      for (const onClosed of waiting) onClosed();
    });
    return waiting;
  }
}
