// Everything createTlsContexts can be told, its defaults, and the one place where it is read and checked.
import { readClock, type Clock, type OptionsReader } from '@sluice/core';
import { createSecureContext } from 'node:tls';
import { CertificateIndex } from './certificate-index.ts';
import {
  CertificateLookup,
  readCertificateLookup,
  type CertificateFor,
  type CertificateLookupHome,
  type CertificateLookupOptions,
} from './certificate-lookup.ts';
import {
  readClientCertificates,
  type ClientCertificateOptions,
  type ResolvedClientCertificates,
} from './client-certificates.ts';
import { hasKeyPair, type SharedContextOptions } from './key-pair.ts';
import type { FetchOcspStaple } from './ocsp-staples.ts';
import { readAlpnProtocols, readMinVersion, type MinTlsVersion } from './protocol-options.ts';
import {
  readServerCertificate,
  type CertificateOptions,
  type CertificateSource,
  type ServerCertificate,
} from './server-certificate.ts';
import { readSessionTickets, type ResolvedSessionTickets, type SessionTicketOptions } from './session-tickets.ts';

/** What `createTlsContexts` takes. The certificate that stands here itself is the default one. */
export interface TlsContextsOptions extends CertificateOptions {
  /** More certificates. Each is served to those who ask for one of its names; without a default one, the first of them is it. */
  readonly certificates?: readonly CertificateOptions[];
  /**
   * Asked for the certificate of a name that none of the others has; `undefined`: there is none. Answers are kept, files are read each time.
   * When it fails, handshakes fail with `SLUICE_CERTIFICATE_UNAVAILABLE`. The name is a host name in lower case, chosen by the client.
   */
  readonly certificateFor?: CertificateFor;
  /** How the answers of `certificateFor` are kept. */
  readonly certificateLookup?: CertificateLookupOptions;
  /**
   * What becomes of clients that ask for no name, or for one that no certificate has: they get the default certificate, or their handshake fails.
   * @defaultValue `'default'`
   */
  readonly unknownNames?: 'default' | 'refuse';
  /** The protocols that are spoken (ALPN), best first. A client that offers others only is refused. @defaultValue none: nothing is agreed on */
  readonly alpnProtocols?: readonly string[];
  /** @defaultValue `'TLSv1.2'` */
  readonly minVersion?: MinTlsVersion;
  /** Cipher suites in OpenSSL's notation, best first. @defaultValue Node's */
  readonly ciphers?: string;
  /** Certificates of clients (mTLS). @defaultValue nobody is asked for one */
  readonly clientCertificates?: ClientCertificateOptions;
  /**
   * Fetches the OCSP response for a certificate of ours, which clients that ask for it get with the handshake. Called when the first of them asks,
   * who waits 2 seconds for it at most, and again at half of the response's time.
   *
   * @defaultValue no client gets one
   */
  readonly ocspStaple?: FetchOcspStaple;
  /** How sessions are resumed; `false`: not at all. @defaultValue tickets with random keys that change */
  readonly sessionTickets?: false | SessionTicketOptions;
  /** How often the files are read again, in milliseconds, in case they have changed. `reload()` does it at once. @defaultValue Infinity: never */
  readonly reloadIntervalMs?: number | false;
  /** How long before a certificate expires `expiry-noticed` tells, in milliseconds. @defaultValue 1209600000 (14 days) */
  readonly expiryNoticeMs?: number | false;
  /** The most time for a handshake, in milliseconds, however busy the client is. @defaultValue 10000 */
  readonly handshakeTimeoutMs?: number;
  /** @defaultValue the system's */
  readonly clock?: Clock;
}

/** `TlsContextsOptions`, complete and checked. */
export interface ResolvedTlsContexts {
  readonly certificates: CertificateIndex;
  /** Asked when `certificates` has none. */
  readonly lookup: CertificateLookup | undefined;
  /** `undefined` refuses clients that name none, or an unknown one. */
  readonly defaultCertificate: ServerCertificate | undefined;
  readonly alpnProtocols: readonly string[];
  readonly shared: SharedContextOptions;
  readonly clientCertificates: ResolvedClientCertificates;
  readonly ocspStaple: FetchOcspStaple | undefined;
  readonly tickets: ResolvedSessionTickets;
  readonly reloadIntervalMs: number;
  readonly expiryNoticeMs: number;
  readonly handshakeTimeoutMs: number;
  readonly clock: Clock;
}

/** The defaults of `TlsContextsOptions`. */
export const tlsContextsDefaults: Readonly<
  Pick<ResolvedTlsContexts, 'reloadIntervalMs' | 'expiryNoticeMs' | 'handshakeTimeoutMs'>
> & { readonly unknownNames: 'default' | 'refuse' } = Object.freeze({
  unknownNames: 'default',
  reloadIntervalMs: Infinity,
  expiryNoticeMs: 14 * 24 * 3_600_000,
  handshakeTimeoutMs: 10_000,
});

/** What options that are not given are, where that depends on who asks. */
export type TlsContextsFallbacks = Pick<TlsContextsOptions, 'alpnProtocols' | 'clock'>;

/** Reads `TlsContextsOptions`; what is wrong is noted in the reader. */
export function readTlsSettings(
  reader: OptionsReader,
  source: CertificateSource,
  fallbacks: TlsContextsFallbacks = {},
): ResolvedTlsContexts {
  const clientCertificates = readClientCertificates(reader, source.readFile);
  const { ca, crl } = clientCertificates;
  const shared = { ca, crl, minVersion: readMinVersion(reader), ciphers: readCiphers(reader) };
  const alpnProtocols = readAlpnProtocols(reader);
  const clock = readClock(reader, fallbacks.clock);
  const time = (key: 'reloadIntervalMs' | 'expiryNoticeMs' | 'handshakeTimeoutMs', min: number): number =>
    reader.milliseconds(key, { default: tlsContextsDefaults[key], min });
  return {
    ...readCertificates(reader, shared, source),
    lookup: readLookup(reader, { shared, source, clock }),
    alpnProtocols: reader.has('alpnProtocols') ? alpnProtocols : (fallbacks.alpnProtocols ?? []),
    shared,
    clientCertificates,
    ocspStaple: reader.function<FetchOcspStaple>('ocspStaple'),
    tickets: readSessionTickets(reader),
    reloadIntervalMs: time('reloadIntervalMs', 1000),
    expiryNoticeMs: time('expiryNoticeMs', 0),
    handshakeTimeoutMs: time('handshakeTimeoutMs', 1),
    clock,
  };
}

function readCertificates(
  reader: OptionsReader,
  shared: SharedContextOptions,
  source: CertificateSource,
): Pick<ResolvedTlsContexts, 'certificates' | 'defaultCertificate'> {
  const certificates = new CertificateIndex();
  const add = (certificate: ServerCertificate | undefined, path: string): ServerCertificate | undefined => {
    const taken = certificate && certificates.add(certificate);
    if (taken !== undefined) reader.issue(path, `is for ${taken}, as one before it: say with names which is for what`);
    return certificate;
  };
  // Without any certificate it is this one that is missing.
  const own =
    hasKeyPair(reader) || !(reader.has('certificates') || reader.has('certificateFor'))
      ? add(readServerCertificate(reader, shared, source), 'names')
      : undefined;
  const [first] = reader.list('certificates', (value, path) =>
    reader.at(value, path, (item) => {
      const certificate = add(readServerCertificate(item, shared, source), path);
      if (certificate?.names.length === 0) item.issue('names', 'is missing: the certificate has no names of its own');
      return certificate;
    }),
  );
  const unknownNames = reader.choice('unknownNames', ['default', 'refuse'], {
    default: tlsContextsDefaults.unknownNames,
  });
  return { certificates, defaultCertificate: unknownNames === 'default' ? (own ?? first) : undefined };
}

function readLookup(
  reader: OptionsReader,
  home: Omit<CertificateLookupHome, 'certificateFor'>,
): CertificateLookup | undefined {
  const certificateFor = reader.function<CertificateFor>('certificateFor');
  const limits = reader.nested('certificateLookup', readCertificateLookup);
  return certificateFor && new CertificateLookup({ ...home, certificateFor }, limits);
}

function readCiphers(reader: OptionsReader): string | undefined {
  const ciphers = reader.string('ciphers');
  if (ciphers === undefined) return undefined;
  try {
    createSecureContext({ ca: [], ciphers });
    return ciphers;
  } catch (error) {
    reader.issue('ciphers', `can not be used: ${(error as Error).message}`);
    return undefined;
  }
}
