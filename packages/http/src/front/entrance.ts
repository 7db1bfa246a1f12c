// What a connection passes between accept and its first request: l4's preludes, such as the TLS handshake.
import { createAbortScope, isProxyError, type OwnedAbortScope, type ProxyError } from '@sluice/core';
import { createClientConnection, type ClientConnection, type Prelude } from '@sluice/l4';
import type { Socket } from 'node:net';

/** Takes a connection over. */
export type Serve = (socket: Socket, connection: ClientConnection) => void;

/** The entrance of one listener. */
export class Entrance {
  readonly #preludes: readonly Prelude[];
  readonly #onRefused: (error: ProxyError) => void;
  readonly #scopes = new Set<OwnedAbortScope>();

  /** @param onRefused - Hears why connections were not let in; they are closed then. */
  constructor(preludes: readonly Prelude[], onRefused: (error: ProxyError) => void) {
    this.#preludes = preludes;
    this.#onRefused = onRefused;
  }

  /** Whether there is anything to pass. If not, connections need no entrance. */
  get isOpen(): boolean {
    return this.#preludes.length === 0;
  }

  /** Whether connections from an address are a proxy's that will tell its client's address. */
  speaksFor(address: string): boolean {
    return this.#preludes.some((prelude) => prelude.speaksFor?.(address) === true);
  }

  /** Leads a connection through; it is served, or closed. Never throws. */
  async pass(accepted: Socket, serve: Serve): Promise<void> {
    const connection = createClientConnection(accepted);
    const scope = createAbortScope();
    this.#scopes.add(scope);
    accepted.on('error', ignoreError);
    let socket = accepted;
    try {
      for (const prelude of this.#preludes) socket = await prelude(socket, connection, scope);
      if (scope.aborted || accepted.destroyed) socket.destroy();
      else {
        serve(socket, connection);
        // Preludes leave it paused.
        socket.resume();
      }
    } catch (error) {
      socket.destroy();
      if (isProxyError(error)) this.#onRefused(error);
    } finally {
      this.#scopes.delete(scope);
      scope.close();
    }
  }

  /** Closes the connections that have not passed yet. */
  closeAll(): void {
    for (const scope of this.#scopes) scope.abort(new Error('the listener is closed'));
  }
}

function ignoreError(): void {}
