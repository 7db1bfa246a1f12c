// What createTlsContexts makes: settings that can be replaced, keys that change, and what has become of handshakes.
import { createEvents, isProxyError, resolveOptions, type Cancellation, type Events } from '@sluice/core';
import { readFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { MutableClientConnection } from '../tcp/client-connection.ts';
import { HandshakeCounters, type TlsStats } from './handshake-counters.ts';
import { HandshakeError } from './handshake-error.ts';
import { runHandshake, type SecuredConnection } from './handshake.ts';
import { HandshakerChoice } from './handshaker-choice.ts';
import { describeCertificate, type CertificateInfo } from './server-certificate.ts';
import { haveSameKeys } from './session-tickets.ts';
import { KeyRotation } from './key-rotation.ts';
import {
  readTlsSettings,
  type ResolvedTlsContexts,
  type TlsContextsFallbacks,
  type TlsContextsOptions,
} from './tls-contexts-options.ts';
import type { TlsContexts } from './tls-contexts.ts';
import type { TlsEvents } from './tls-events.ts';

/** What ends TLS for a listener. */
export class TlsTermination implements TlsContexts {
  readonly on: Events<TlsEvents>['on'];
  readonly off: Events<TlsEvents>['off'];
  readonly #events: Events<TlsEvents> = createEvents<TlsEvents>();
  readonly #fallbacks: TlsContextsFallbacks;
  readonly #counters = new HandshakeCounters();
  #settings: ResolvedTlsContexts;
  #rotation: KeyRotation;
  #handshakers: HandshakerChoice;

  constructor(settings: ResolvedTlsContexts, fallbacks: TlsContextsFallbacks) {
    this.#fallbacks = fallbacks;
    this.#settings = settings;
    this.#rotation = this.#startRotation();
    this.#handshakers = new HandshakerChoice(settings, this.#rotation.keys);
    this.on = this.#events.on;
    this.off = this.#events.off;
  }

  readonly terminate = async (
    socket: Socket,
    connection: MutableClientConnection,
    cancellation: Cancellation,
  ): Promise<TLSSocket> => {
    this.#counters.begin();
    try {
      const secured = await this.#secure(socket, cancellation);
      this.#counters.succeed(secured.session.isResumed);
      const { session } = secured;
      // OpenSSL does not tell the name when a session is resumed over TLS 1.2, but who has read the ClientHello knows it.
      const serverName = session.serverName ?? connection.clientHello?.serverName;
      connection.tls = serverName === session.serverName ? session : { ...session, serverName };
      return secured.socket;
    } catch (error) {
      throw this.#noteFailure(error, connection.remoteAddress);
    }
  };

  replace(options: TlsContextsOptions): void {
    const settings = resolveOptions(options, 'tls', (reader) => readTlsSettings(reader, readFileSync, this.#fallbacks));
    this.#settings = settings;
    if (!haveSameKeys(settings.tickets, this.#rotation.settings)) {
      this.#rotation.close();
      this.#rotation = this.#startRotation(this.#rotation);
    }
    this.#handshakers = new HandshakerChoice(settings, this.#rotation.keys);
    this.#events.emit('certificates-replaced', { certificates: this.certificates() });
  }

  certificates(): readonly CertificateInfo[] {
    const { certificates, defaultCertificate } = this.#settings;
    // The default one may have no names, and then it is under none.
    const all = new Set([...(defaultCertificate === undefined ? [] : [defaultCertificate]), ...certificates.all()]);
    return [...all].map((certificate) => describeCertificate(certificate, certificate === defaultCertificate));
  }

  stats(): TlsStats {
    return this.#counters.stats();
  }

  close(): void {
    this.#rotation.close();
  }

  async #secure(socket: Socket, cancellation: Cancellation): Promise<SecuredConnection> {
    const settings = this.#settings;
    const { clock, handshakeTimeoutMs } = settings;
    const choice = this.#handshakers.choose(socket, cancellation);
    if (!(choice instanceof Promise)) return runHandshake(socket, cancellation, choice, settings, handshakeTimeoutMs);
    const startedMs = clock.now();
    const handshaker = await choice;
    const leftMs = handshakeTimeoutMs - (clock.now() - startedMs);
    return runHandshake(socket, cancellation, handshaker, settings, leftMs);
  }

  #noteFailure(error: unknown, remoteAddress: string): unknown {
    // The client may also be gone before its first byte.
    const isGone = isProxyError(error) && error.code === 'SLUICE_CLIENT_LEFT';
    const failure = isGone ? new HandshakeError('cut', 'was cut off by the client', error) : error;
    if (failure instanceof HandshakeError) {
      this.#counters.fail(failure.fault);
      this.#events.emit('handshake-failed', { error: failure, remoteAddress });
    } else this.#counters.cancel();
    return failure;
  }

  #startRotation(before?: KeyRotation): KeyRotation {
    const { tickets, clock } = this.#settings;
    const onFailed = (error: unknown): void => this.#events.emit('ticket-keys-failed', { error });
    return new KeyRotation(tickets, clock, onFailed, before?.keys);
  }
}
