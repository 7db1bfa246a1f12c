// One handshake of a client, from its first byte to a connection that can be used: within its time, cancellable, counted.
import { onCancel, type Cancellation, type Timer } from '@sluice/core';
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { closeOnError } from '../close-on-error.ts';
import { clientLeft } from '../peek.ts';
import type { HandshakeCounters } from './handshake-counters.ts';
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

/** Runs the handshake on a connection. @returns the TLS connection, which has the `'error'` listener for life */
export function runHandshake(
  socket: Socket,
  cancellation: Cancellation,
  handshaker: Handshaker,
  settings: ResolvedTlsContexts,
  counters: HandshakeCounters,
): Promise<SecuredConnection> {
  return new Promise((resolve, reject) => {
    if (cancellation.aborted) return reject(cancellation.reason);
    if (socket.destroyed) return reject(clientLeft(socket.errored));
    new Handshake(socket, cancellation, settings, counters, resolve, reject).begin(handshaker);
  });
}

class Handshake implements HandshakeListener {
  readonly #socket: Socket;
  readonly #settings: ResolvedTlsContexts;
  readonly #counters: HandshakeCounters;
  readonly #resolve: (connection: SecuredConnection) => void;
  readonly #reject: (reason: unknown) => void;
  readonly #timer: Timer;
  readonly #forgetCancellation: () => void;
  #settled = false;

  constructor(
    socket: Socket,
    cancellation: Cancellation,
    settings: ResolvedTlsContexts,
    counters: HandshakeCounters,
    resolve: (connection: SecuredConnection) => void,
    reject: (reason: unknown) => void,
  ) {
    this.#socket = socket;
    this.#settings = settings;
    this.#counters = counters;
    this.#resolve = resolve;
    this.#reject = reject;
    const { clock, handshakeTimeoutMs } = settings;
    this.#timer = clock.setTimer(() => this.#onTimeout(handshakeTimeoutMs), handshakeTimeoutMs);
    this.#forgetCancellation = onCancel(cancellation, (reason) => this.#giveUp(reason));
  }

  begin(handshaker: Handshaker): void {
    this.#counters.begin();
    handshaker.begin(this.#socket, this);
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
      return this.#fail(classifyHandshakeError(new Error('expired'), 'CERT_HAS_EXPIRED'));
    }
    this.#counters.succeed(session.isResumed);
    this.#resolve({ socket, session });
  }

  onFailure(error: Error, socket: TLSSocket): void {
    if (!this.#settle()) return;
    this.#fail(
      classifyHandshakeError(error, socket.authorizationError ? String(socket.authorizationError) : undefined),
    );
  }

  #onTimeout(limitMs: number): void {
    if (!this.#settle()) return;
    this.#socket.destroy();
    this.#fail(new HandshakeError('late', `was not over within ${limitMs} ms`));
  }

  /** Gives up because we want to, which is no failure. */
  #giveUp(reason: unknown): void {
    if (!this.#settle()) return;
    this.#counters.cancel();
    // Only the plain socket, which takes the TLS socket with it: destroying both crashes the process (docs/notes/sockets.md).
    this.#socket.destroy();
    this.#reject(reason);
  }

  #fail(error: HandshakeError): void {
    this.#counters.fail(error.fault);
    this.#reject(error);
  }

  #settle(): boolean {
    if (this.#settled) return false;
    this.#settled = true;
    this.#timer.cancel();
    this.#forgetCancellation();
    return true;
  }
}
