// One certificate of ours with its key: what it is called, how long it is valid, and whether the two belong together.
// Which certificate a client gets is certificate-index.ts.
import type { OptionsReader } from '@sluice/core';
import { createHash, createPrivateKey, type KeyObject, type X509Certificate } from 'node:crypto';
import { createSecureContext, type SecureContext, type SecureContextOptions } from 'node:tls';
import { parseCertificates, parsePem, pemOption, readPemOrFile, type Pem, type ReadFile } from './pem.ts';
import { readCertificateNames } from './certificate-names.ts';

/** A certificate with its key: `cert` and `key`, or the files that hold them. */
export interface CertificateOptions {
  /** The certificate in PEM form, followed by its chain, without the root. */
  readonly cert?: Pem;
  /** The file that holds `cert`. */
  readonly certFile?: string;
  /** The private key of `cert` in PEM form. */
  readonly key?: Pem;
  /** The file that holds `key`. */
  readonly keyFile?: string;
  /** Opens `key` when it is encrypted. */
  readonly passphrase?: string;
  /**
   * The server names (SNI) that get this certificate: `a.example`, or `*.example` for all names with one label more.
   * @defaultValue the DNS names in the certificate
   */
  readonly names?: readonly string[];
}

/** A certificate that can be served. */
export interface ServerCertificate {
  /** The same for the same certificate with the same options. */
  readonly id: string;
  /** Its names, in lower case. */
  readonly names: readonly string[];
  readonly leaf: X509Certificate;
  /** The next certificate of the chain, if there is one. */
  readonly issuer: X509Certificate | undefined;
  /** For whoever asks for one of the names. */
  readonly context: SecureContext;
  /** The same for the server itself, which serves whoever asks for none. */
  readonly pair: Required<Pick<SecureContextOptions, 'cert' | 'key' | 'passphrase'>>;
}

/** What is told of a certificate of ours. */
export interface CertificateInfo {
  /** The server names that get it. */
  readonly names: readonly string[];
  /** Whether it is served to those who ask for no name, or an unknown one. */
  readonly isDefault: boolean;
  /** SHA-256 of the certificate, as hexadecimal pairs with colons. */
  readonly fingerprint256: string;
  /** When it begins to be valid, in milliseconds since 1970. */
  readonly validFromMs: number;
  /** When it expires, in milliseconds since 1970. */
  readonly validToMs: number;
}

/** Says what a certificate is. */
export function describeCertificate({ names, leaf }: ServerCertificate, isDefault: boolean): CertificateInfo {
  const { fingerprint256, validFromDate, validToDate } = leaf;
  return { names, isDefault, fingerprint256, validFromMs: validFromDate.getTime(), validToMs: validToDate.getTime() };
}

/** What the contexts of all certificates have in common. */
export type SharedContextOptions = Pick<SecureContextOptions, 'ca' | 'crl' | 'ciphers' | 'minVersion'>;

/** Whether options name a certificate at all. */
export function hasCertificate(reader: OptionsReader): boolean {
  return ['cert', 'certFile', 'key', 'keyFile'].some((name) => reader.has(name));
}

/** What reading certificates needs. */
export interface CertificateSource {
  readonly readFile: ReadFile;
  /** By `id`, those that were read before: thousands of them take a while to check. */
  readonly known: ReadonlyMap<string, ServerCertificate>;
}

/** Reads `CertificateOptions`; what is wrong is noted in the reader, and then there is no certificate. */
export function readServerCertificate(
  reader: OptionsReader,
  shared: SharedContextOptions,
  { readFile, known }: CertificateSource,
): ServerCertificate | undefined {
  const cert = readPemOrFile(reader, 'cert', readFile);
  const key = readPemOrFile(reader, 'key', readFile);
  const passphrase = reader.string('passphrase');
  const id = cert && key && idOf({ cert, key, passphrase }, reader.raw('names'), shared);
  const before = id === undefined ? undefined : known.get(id);
  if (before !== undefined) return before;
  const [leaf, issuer] = parsePem(reader, 'cert', cert, parseCertificates) ?? [];
  const openKey = (pem: Pem): KeyObject =>
    createPrivateKey({ key: pem, ...(passphrase !== undefined && { passphrase }) });
  const privateKey = parsePem(reader, 'key', key, openKey);
  const names = readCertificateNames(reader, leaf);
  if (!cert || !key || id === undefined || leaf === undefined || privateKey === undefined) return undefined;
  if (!leaf.checkPrivateKey(privateKey)) {
    const owner = names.join(', ') || leaf.subject;
    reader.issue(pemOption(reader, 'key'), `is not the key of the certificate for ${owner}`);
    return undefined;
  }
  const pair = { cert, key, passphrase };
  try {
    return { id, names, leaf, issuer, pair, context: createSecureContext({ ...shared, ...pair }) };
  } catch (error) {
    // Such as a key that is too short for OpenSSL.
    reader.issue(pemOption(reader, 'key'), `can not be used: ${(error as Error).message}`);
    return undefined;
  }
}

/** The same for the same certificate under the same options. */
function idOf(pair: ServerCertificate['pair'], names: unknown, shared: SharedContextOptions): string {
  const hash = createHash('sha256');
  const { ca, crl, ciphers, minVersion } = shared;
  const parts = [pair.cert, pair.key, pair.passphrase, ca, crl].flat() as (Pem | undefined)[];
  for (const part of parts) hash.update(part ?? '').update('\0');
  return hash.update(JSON.stringify([names, ciphers, minVersion])).digest('base64');
}
