// One handshake of a client, from its first byte to a connection that can be used: within its time, cancellable.
import { onCancel, type Cancellation, type Timer } from '@sluice/core';
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { closeOnError } from '../close-on-error.ts';
import { classifyHandshakeError } from './classify-handshake-error.ts';
import { HandshakeError } from './handshake-error.ts';
import type { Handshaker, HandshakeListener } from './handshaker.ts';
import type { ResolvedTlsContexts } from './tls-contexts-options.ts';
import { describeTlsSession, type TlsSession } from './tls-session.ts';

/** A connection whose handshake is over. */
export interface SecuredConnection {
  readonly socket: TLSSocket;
  readonly session: TlsSession;
}

/**
 * Runs the handshake on a connection.
 *
 * Rejects with a `HandshakeError`, or the reason of the cancellation; the connection is closed then.
 *
 * @returns the TLS connection, which has the `'error'` listener for life
 */
export function runHandshake(
  socket: Socket,
  cancellation: Cancellation,
  handshaker: Handshaker,
  settings: ResolvedTlsContexts,
  limitMs: number,
): Promise<SecuredConnection> {
  return new Promise((resolve, reject) => {
    if (cancellation.aborted) reject(cancellation.reason);
    else if (socket.destroyed) reject(new HandshakeError('cut', 'was cut off by the client', socket.errored));
    else handshaker.begin(socket, new Handshake(socket, cancellation, settings, limitMs, resolve, reject));
  });
}

class Handshake implements HandshakeListener {
  readonly #socket: Socket;
  readonly #settings: ResolvedTlsContexts;
  readonly #resolve: (connection: SecuredConnection) => void;
  readonly #reject: (reason: unknown) => void;
  readonly #timer: Timer;
  readonly #forgetCancellation: () => void;
  #settled = false;

  constructor(
    socket: Socket,
    cancellation: Cancellation,
    settings: ResolvedTlsContexts,
    limitMs: number,
    resolve: (connection: SecuredConnection) => void,
    reject: (reason: unknown) => void,
  ) {
    this.#socket = socket;
    this.#settings = settings;
    this.#resolve = resolve;
    this.#reject = reject;
    this.#timer = settings.clock.setTimer(() => this.#onTimeout(), limitMs);
    this.#forgetCancellation = onCancel(cancellation, (reason) => this.#giveUp(reason));
  }

  onSecure(socket: TLSSocket): void {
    closeOnError(socket);
    if (!this.#settle()) return;
    const { clientCertificates, clock } = this.#settings;
    const session = describeTlsSession(socket);
    // A session may be older than its client's certificate, and is resumed without a look at it.
    const isExpired =
      session.isResumed && session.client !== undefined && session.client.validToMs < clock.wallTimeMs();
    if (isExpired && clientCertificates.mode === 'require') {
      socket.destroy();
      return this.#reject(classifyHandshakeError(new Error('expired'), 'CERT_HAS_EXPIRED'));
    }
    this.#resolve({ socket, session });
  }

  onFailure(error: Error, socket: TLSSocket): void {
    if (!this.#settle()) return;
    this.#reject(
      classifyHandshakeError(error, socket.authorizationError ? String(socket.authorizationError) : undefined),
    );
  }

  #onTimeout(): void {
    if (!this.#settle()) return;
    this.#socket.destroy();
    this.#reject(new HandshakeError('late', `was not over within ${this.#settings.handshakeTimeoutMs} ms`));
  }

  /** Gives up because we want to, which is no failure. */
  #giveUp(reason: unknown): void {
    if (!this.#settle()) return;
    // Only the plain socket, which takes the TLS socket with it: destroying both crashes the process (docs/notes/sockets.md).
    this.#socket.destroy();
    this.#reject(reason);
  }

  #settle(): boolean {
    if (this.#settled) return false;
    this.#settled = true;
    this.#timer.cancel();
    this.#forgetCancellation();
    return true;
  }
}
