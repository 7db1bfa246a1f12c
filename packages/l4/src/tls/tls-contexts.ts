// What ends TLS for a listener: certificates, what is agreed on with clients, sessions. TCP proxies and the HTTP listener take the same object.
import { resolveOptions, type Events, type OptionsReader } from '@sluice/core';
import { readFileSync } from 'node:fs';
import type { Prelude } from '../tcp/prelude.ts';
import type { TlsStats } from './handshake-counters.ts';
import type { CertificateInfo } from './server-certificate.ts';
import { readTlsSettings, type TlsContextsFallbacks, type TlsContextsOptions } from './tls-contexts-options.ts';
import type { TlsEvents } from './tls-events.ts';
import { TlsTermination } from './tls-termination.ts';

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
  /** Listens to an event. A listener that throws causes a process warning and nothing else. @returns a function that takes it off */
  readonly on: Events<TlsEvents>['on'];
  /** Takes a listener off. */
  readonly off: Events<TlsEvents>['off'];
  /** Stops what goes on in the background: keys change no more. Connections, and handshakes that are under way, go on. */
  close(): void;
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
  return new TlsTermination(
    resolveOptions(options, 'tls', (reader) => readTlsSettings(reader, readFileSync)),
    {},
  );
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
