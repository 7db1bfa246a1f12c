// Certificates that a function of the user's knows: asked once for each name, kept for a while, bounded in memory and in calls.
import { resolveOptions, type Clock, type OptionsReader } from '@sluice/core';
import { HandshakeError } from './handshake-error.ts';
import type { SharedContextOptions } from './key-pair.ts';
import {
  readServerCertificate,
  type CertificateOptions,
  type CertificateSource,
  type ServerCertificate,
} from './server-certificate.ts';

/** Finds the certificate of a name; `undefined`: there is none. */
export type CertificateFor = (
  serverName: string,
) => CertificateOptions | undefined | Promise<CertificateOptions | undefined>;

/** How the answers of `certificateFor` are kept. */
export interface CertificateLookupOptions {
  /** The most certificates that are kept, and the most names that have none. The one that was kept longest makes room. @defaultValue 1000 */
  readonly maxEntries?: number;
  /**
   * How long a certificate is served before it is asked for again, in milliseconds. It is served until the answer is there, and on when that is
   * an error. @defaultValue 300000
   */
  readonly maxAgeMs?: number;
  /** How long a name has no certificate before it is asked for again, in milliseconds. @defaultValue 10000 */
  readonly maxMissAgeMs?: number;
  /** The most calls at a time; handshakes that would need another one fail. Those for the same name wait for one call. @defaultValue 100 */
  readonly maxLookups?: number;
  /** The most time for a call, in milliseconds. @defaultValue 5000 */
  readonly lookupTimeoutMs?: number;
}

/** `CertificateLookupOptions`, complete and checked. */
export type ResolvedCertificateLookup = { readonly [Key in keyof CertificateLookupOptions]-?: number };

/** The defaults of `CertificateLookupOptions`. */
export const certificateLookupDefaults: ResolvedCertificateLookup = Object.freeze({
  maxEntries: 1_000,
  maxAgeMs: 300_000,
  maxMissAgeMs: 10_000,
  maxLookups: 100,
  lookupTimeoutMs: 5_000,
});

/** Reads `CertificateLookupOptions`. */
export function readCertificateLookup(reader: OptionsReader): ResolvedCertificateLookup {
  const count = (key: keyof CertificateLookupOptions): number =>
    reader.integer(key, { default: certificateLookupDefaults[key], min: 1 });
  const time = (key: keyof CertificateLookupOptions, min: number): number =>
    reader.milliseconds(key, { default: certificateLookupDefaults[key], min });
  return Object.freeze({
    maxEntries: count('maxEntries'),
    maxAgeMs: time('maxAgeMs', 0),
    maxMissAgeMs: time('maxMissAgeMs', 0),
    maxLookups: count('maxLookups'),
    lookupTimeoutMs: time('lookupTimeoutMs', 1),
  });
}

interface Entry {
  readonly certificate: ServerCertificate | undefined;
  readonly staleMs: number;
}

/** What a lookup works with. */
export interface CertificateLookupHome {
  readonly certificateFor: CertificateFor;
  readonly shared: SharedContextOptions;
  readonly source: CertificateSource;
  readonly clock: Clock;
}

/** The certificates of one function. */
export class CertificateLookup {
  readonly #home: CertificateLookupHome;
  readonly #limits: ResolvedCertificateLookup;
  readonly #found = new Map<string, Entry>();
  /** Apart, so that a client that makes up names does not drive certificates out. */
  readonly #missed = new Map<string, Entry>();
  readonly #pending = new Map<string, Promise<ServerCertificate | undefined>>();

  constructor(home: CertificateLookupHome, limits: ResolvedCertificateLookup) {
    this.#home = home;
    this.#limits = limits;
  }

  /** Rejects with a `HandshakeError` whose fault is `no-certificate`. */
  find(name: string): ServerCertificate | undefined | Promise<ServerCertificate | undefined> {
    const entry = this.#found.get(name) ?? this.#missed.get(name);
    const isStale = entry === undefined || entry.staleMs <= this.#home.clock.now();
    if (!isStale) return entry.certificate;
    if (entry?.certificate === undefined) return this.#ask(name);
    // The old one will do for now, and if there is no other, for longer.
    this.#ask(name).catch(() => this.#keep(name, entry.certificate, this.#limits.maxMissAgeMs));
    return entry.certificate;
  }

  #ask(name: string): Promise<ServerCertificate | undefined> {
    const pending = this.#pending.get(name);
    if (pending !== undefined) return pending;
    if (this.#pending.size >= this.#limits.maxLookups) {
      return Promise.reject(unavailable(name, `${this.#limits.maxLookups} others are being looked up`, undefined));
    }
    const asking = this.#load(name).finally(() => this.#pending.delete(name));
    this.#pending.set(name, asking);
    return asking;
  }

  async #load(name: string): Promise<ServerCertificate | undefined> {
    const { certificateFor, shared, source } = this.#home;
    let certificate: ServerCertificate | undefined;
    try {
      const options = await this.#withinTime(async () => certificateFor(name));
      if (options !== undefined) {
        const read = (reader: OptionsReader): ServerCertificate | undefined =>
          readServerCertificate(reader, shared, source);
        certificate = resolveOptions(options, 'certificate', read);
      }
    } catch (error) {
      throw unavailable(name, (error as Error).message, error);
    }
    this.#keep(name, certificate, certificate === undefined ? this.#limits.maxMissAgeMs : this.#limits.maxAgeMs);
    return certificate;
  }

  #keep(name: string, certificate: ServerCertificate | undefined, forMs: number): void {
    this.#found.delete(name);
    this.#missed.delete(name);
    const entries = certificate === undefined ? this.#missed : this.#found;
    entries.set(name, { certificate, staleMs: this.#home.clock.now() + forMs });
    if (entries.size <= this.#limits.maxEntries) return;
    for (const oldest of entries.keys()) {
      entries.delete(oldest);
      return;
    }
  }

  #withinTime<Value>(run: () => Promise<Value>): Promise<Value> {
    const { lookupTimeoutMs } = this.#limits;
    return new Promise((resolve, reject) => {
      const timer = this.#home.clock.setTimer(
        () => reject(new Error(`there was no answer within ${lookupTimeoutMs} ms`)),
        lookupTimeoutMs,
      );
      run()
        .then(resolve, reject)
        .finally(() => timer.cancel());
    });
  }
}

function unavailable(name: string, detail: string, cause: unknown): HandshakeError {
  return new HandshakeError(
    'no-certificate',
    `failed: the certificate of ${JSON.stringify(name)} can not be had: ${detail}`,
    cause,
  );
}
