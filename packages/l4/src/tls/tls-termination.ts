// What createTlsContexts makes: settings that can be replaced, keys that change, and what has become of handshakes.
import { createEvents, isProxyError, type Cancellation, type Events, type Timer } from '@sluice/core';
import type { X509Certificate } from 'node:crypto';
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { MutableClientConnection } from '../tcp/client-connection.ts';
import { ExpiryNotices } from './expiry-notices.ts';
import { HandshakeCounters, type TlsStats } from './handshake-counters.ts';
import { HandshakeError } from './handshake-error.ts';
import { runHandshake, type SecuredConnection } from './handshake.ts';
import { HandshakerChoice } from './handshaker-choice.ts';
import { KeyRotation } from './key-rotation.ts';
import { OcspStaples } from './ocsp-staples.ts';
import type { CertificateInfo } from './server-certificate.ts';
import { haveSameKeys } from './session-tickets.ts';
import type { TlsContextsOptions } from './tls-contexts-options.ts';
import type { TlsContexts } from './tls-contexts.ts';
import type { TlsEvents } from './tls-events.ts';
import type { TlsSettings } from './tls-settings.ts';

/** What ends TLS for a listener. */
export class TlsTermination implements TlsContexts {
  readonly on: Events<TlsEvents>['on'];
  readonly off: Events<TlsEvents>['off'];
  readonly #events: Events<TlsEvents> = createEvents<TlsEvents>();
  readonly #counters = new HandshakeCounters();
  readonly #notices: ExpiryNotices;
  #settings: TlsSettings;
  #rotation: KeyRotation;
  #staples: OcspStaples | undefined;
  #handshakers: HandshakerChoice;
  #reloads: Timer;
  #isClosed = false;

  constructor(settings: TlsSettings) {
    const { clock } = settings.resolved;
    this.on = this.#events.on;
    this.off = this.#events.off;
    this.#settings = settings;
    this.#rotation = this.#startRotation();
    this.#staples = this.#startStaples();
    this.#handshakers = new HandshakerChoice(settings.resolved, this.#rotation.keys, this.#staples);
    this.#reloads = this.#startReloads();
    this.#notices = new ExpiryNotices({
      clock,
      noticeMs: () => this.#settings.resolved.expiryNoticeMs,
      certificates: () => this.certificates(),
      onNoticed: (certificate) => this.#events.emit('expiry-noticed', { certificate }),
    });
  }

  readonly terminate = async (
    socket: Socket,
    connection: MutableClientConnection,
    cancellation: Cancellation,
  ): Promise<TLSSocket> => {
    this.#counters.begin();
    try {
      const secured = await this.#secure(socket, cancellation);
      const { session } = secured;
      this.#counters.succeed(session.isResumed);
      // OpenSSL does not tell the name when a session is resumed over TLS 1.2, but who has read the ClientHello knows it.
      const serverName = session.serverName ?? connection.clientHello?.serverName;
      connection.tls = serverName === session.serverName ? session : { ...session, serverName };
      return secured.socket;
    } catch (error) {
      throw this.#noteFailure(error, connection.remoteAddress);
    }
  };

  replace(options: TlsContextsOptions): void {
    this.#adopt(this.#settings.replaceBy(options));
    this.#reloads.cancel();
    this.#reloads = this.#startReloads();
  }

  async reload(): Promise<boolean> {
    const before = this.#settings;
    let settings: TlsSettings | undefined;
    try {
      settings = await before.reload();
    } catch (error) {
      this.#events.emit('reload-failed', { error });
      throw error;
    }
    // Somebody may have been faster, or all may be over.
    if (settings === undefined || this.#settings !== before || this.#isClosed) return false;
    this.#adopt(settings);
    return true;
  }

  certificates(): readonly CertificateInfo[] {
    return this.#settings.describeCertificates();
  }

  stats(): TlsStats {
    return this.#counters.stats();
  }

  close(): void {
    this.#isClosed = true;
    this.#rotation.close();
    this.#reloads.cancel();
    this.#notices.close();
  }

  #adopt(settings: TlsSettings): void {
    const before = this.#settings.resolved;
    this.#settings = settings;
    if (settings.resolved.ocspStaple !== before.ocspStaple) this.#staples = this.#startStaples();
    if (!haveSameKeys(settings.resolved.tickets, this.#rotation.settings)) {
      this.#rotation.close();
      this.#rotation = this.#startRotation(this.#rotation);
    }
    this.#handshakers = new HandshakerChoice(settings.resolved, this.#rotation.keys, this.#staples);
    this.#events.emit('certificates-replaced', { certificates: this.certificates() });
    this.#notices.lookSoon();
  }

  async #secure(socket: Socket, cancellation: Cancellation): Promise<SecuredConnection> {
    const settings = this.#settings.resolved;
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
    const { tickets, clock } = this.#settings.resolved;
    const onFailed = (error: unknown): void => this.#events.emit('ticket-keys-failed', { error });
    return new KeyRotation(tickets, clock, onFailed, before?.keys);
  }

  #startStaples(): OcspStaples | undefined {
    const { ocspStaple, clock } = this.#settings.resolved;
    const onFailed = ({ fingerprint256 }: X509Certificate, error: unknown): void =>
      this.#events.emit('ocsp-staple-failed', { fingerprint256, error });
    return ocspStaple && new OcspStaples({ fetch: ocspStaple, clock, onFailed });
  }

  #startReloads(): Timer {
    const { reloadIntervalMs, clock } = this.#settings.resolved;
    const timer = clock.setTimer(() => {
      // What is wrong is told by an event, and looked at again next time.
      void this.reload()
        .catch(() => {})
        .finally(() => timer.refresh());
    }, reloadIntervalMs);
    return timer;
  }
}
