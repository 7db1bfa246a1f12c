// What ends TLS for a listener: certificates, what is agreed on with clients, sessions. TCP proxies and the HTTP listener take the same object.
import { resolveOptions, type OptionsReader } from '@sluice/core';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Prelude } from '../tcp/prelude.ts';
import { HandshakeCounters, type TlsStats } from './handshake-counters.ts';
import { runHandshake } from './handshake.ts';
import { Handshaker } from './handshaker.ts';
import { describeCertificate, type CertificateInfo } from './server-certificate.ts';
import {
  readTlsSettings,
  type ResolvedTlsContexts,
  type TlsContextsFallbacks,
  type TlsContextsOptions,
} from './tls-contexts-options.ts';

/** What ends TLS for a listener, or for several. */
export interface TlsContexts {
  /**
   * Runs the handshake on a connection that was accepted, also when bytes were read from it and put back, and notes `connection.tls`.
   *
   * Rejects with `SLUICE_HANDSHAKE_FAILED`, `SLUICE_CERTIFICATE_UNAVAILABLE`, `SLUICE_CLIENT_LEFT` when the client has left before, or the
   * reason of the cancellation. The connection is closed then.
   */
  readonly terminate: Prelude;
  /**
   * Goes on with other options from the next handshake on. Open connections are left alone, and sessions can still be resumed, unless what is
   * asked of clients' certificates has changed.
   *
   * @throws OptionsError with every issue; then nothing has changed
   */
  replace(options: TlsContextsOptions): void;
  /** The certificates that are served, the default one first. */
  certificates(): readonly CertificateInfo[];
  /** Counters at this moment. */
  stats(): TlsStats;
}

/**
 * Makes what ends TLS for a listener. All certificates and keys are read and checked now.
 *
 * @throws OptionsError with every issue: a file that can not be read, a key that does not fit its certificate, two certificates for one name.
 *
 * @example
 * ```ts
 * const tls = createTlsContexts({
 *   certFile: '/etc/tls/default.pem',
 *   keyFile: '/etc/tls/default.key',
 *   certificates: [{ certFile: '/etc/tls/shop.pem', keyFile: '/etc/tls/shop.key', names: ['shop.example', '*.shop.example'] }],
 * });
 * ```
 */
export function createTlsContexts(options: TlsContextsOptions): TlsContexts {
  return new TlsTermination(resolveTlsSettings(options), {});
}

/** Whether a value is a `TlsContexts`, also one of another copy of this library. */
export function isTlsContexts(value: unknown): value is TlsContexts {
  return typeof (value as Partial<TlsContexts> | null | undefined)?.terminate === 'function';
}

/** What an option holds that takes a `TlsContexts`, or the options for one. */
export interface TlsContextsOption {
  /** What ends TLS. */
  readonly contexts: TlsContexts;
  /** Whether they were made here, to be closed by whoever reads the option. */
  readonly isOwned: boolean;
}

/** Reads such an option; what is wrong is noted in the reader. `undefined` when it is not there. */
export function readTlsContexts(
  reader: OptionsReader,
  key: string,
  fallbacks: TlsContextsFallbacks = {},
): TlsContextsOption | undefined {
  if (!reader.has(key)) return undefined;
  const value = reader.raw(key);
  if (isTlsContexts(value)) return { contexts: value, isOwned: false };
  const settings = reader.nested(key, (own) => readTlsSettings(own, readFileSync, fallbacks));
  return { contexts: new TlsTermination(settings, fallbacks), isOwned: true };
}

function resolveTlsSettings(options: TlsContextsOptions, fallbacks: TlsContextsFallbacks = {}): ResolvedTlsContexts {
  return resolveOptions(options, 'tls', (reader) => readTlsSettings(reader, readFileSync, fallbacks));
}

class TlsTermination implements TlsContexts {
  readonly #fallbacks: TlsContextsFallbacks;
  readonly #ticketKeys = randomBytes(48);
  readonly #counters = new HandshakeCounters();
  #settings: ResolvedTlsContexts;
  #handshaker: Handshaker;

  constructor(settings: ResolvedTlsContexts, fallbacks: TlsContextsFallbacks) {
    this.#fallbacks = fallbacks;
    this.#settings = settings;
    this.#handshaker = new Handshaker(settings, this.#ticketKeys);
  }

  readonly terminate: Prelude = async (socket, connection, cancellation) => {
    const secured = await runHandshake(socket, cancellation, this.#handshaker, this.#settings, this.#counters);
    connection.tls = secured.session;
    return secured.socket;
  };

  replace(options: TlsContextsOptions): void {
    this.#settings = resolveTlsSettings(options, this.#fallbacks);
    this.#handshaker = new Handshaker(this.#settings, this.#ticketKeys);
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
}
