// What ends TLS for a listener: certificates, what is agreed on with clients, sessions. TCP proxies and the HTTP listener take the same object.
// Making one is create-tls-contexts.ts.
import type { Events } from '@sluice/core';
import type { Prelude } from '../tcp/prelude.ts';
import type { TlsStats } from './handshake-counters.ts';
import type { CertificateInfo } from './server-certificate.ts';
import type { TlsContextsOptions } from './tls-contexts-options.ts';
import type { TlsEvents } from './tls-events.ts';

/** What ends TLS for a listener, or for several. */
export interface TlsContexts {
  /**
   * Runs the handshake on a connection that was accepted, also when bytes were read from it and put back, and notes `connection.tls`.
   *
   * Rejects with `SLUICE_HANDSHAKE_FAILED`, `SLUICE_CERTIFICATE_UNAVAILABLE`, or the
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
  /**
   * Reads the files again that the options name. When one has changed, the new certificates are served from the next handshake on, as with
   * `replace`. Rejects with an OptionsError when they can not be used; then nothing has changed, and `reload-failed` tells.
   *
   * @returns whether anything has changed
   */
  reload(): Promise<boolean>;
  /** The certificates that are served, the default one first. */
  certificates(): readonly CertificateInfo[];
  /** Counters at this moment. */
  stats(): TlsStats;
  /** Listens to an event. A listener that throws causes a process warning and nothing else. @returns a function that takes it off */
  readonly on: Events<TlsEvents>['on'];
  /** Takes a listener off. */
  readonly off: Events<TlsEvents>['off'];
  /** Stops what goes on in the background: keys change no more, files are not read. Connections, and handshakes that are under way, go on. */
  close(): void;
}

/** Whether a value is a `TlsContexts`, also one of another copy of this library. */
export function isTlsContexts(value: unknown): value is TlsContexts {
  return typeof (value as Partial<TlsContexts> | null | undefined)?.terminate === 'function';
}
