// Connections that node's server has let go of, such as those of CONNECT: they would stay open for as long as their clients like.
import type { Clock } from '@sluice/core';
import type { Duplex } from 'node:stream';

/** How long a connection stays open behind our last word. */
const lingerMs = 5_000;

/** Ends such connections. */
export class LastWords {
  readonly #clock: Clock;
  readonly #ending = new Set<Duplex>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Sends what is left to say, and closes. What the client is still sending is read for a while: closing at once would reset the connection, and
   * the reset can overtake the answer (RFC 9112 section 9.6).
   */
  say(text: string, socket: Duplex): void {
    if (socket.destroyed) return;
    const timer = this.#clock.setTimer(() => socket.destroy(), lingerMs);
    this.#ending.add(socket);
    socket.on('error', ignoreError).once('close', () => {
      timer.cancel();
      this.#ending.delete(socket);
    });
    socket.end(text, 'latin1');
    socket.resume();
  }

  /** Closes them now. */
  cutAll(): void {
    for (const socket of this.#ending) socket.destroy();
  }
}

function ignoreError(): void {}
