// One certificate of ours with its key: what it is called, how long it is valid, and whether the two belong together.
// Which certificate a client gets is certificate-index.ts.
import type { OptionsReader } from '@sluice/core';
import { createPrivateKey, type KeyObject, type X509Certificate } from 'node:crypto';
import { createSecureContext, type SecureContext, type SecureContextOptions } from 'node:tls';
import { hasOnePem, parseCertificates, readPem, readPemFile, type Pem, type ReadFile } from './pem.ts';
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

/** Reads `CertificateOptions`; what is wrong is noted in the reader, and then there is no certificate. */
export function readServerCertificate(
  reader: OptionsReader,
  shared: SharedContextOptions,
  readFile: ReadFile,
): ServerCertificate | undefined {
  let chain: readonly X509Certificate[] = [];
  let privateKey: KeyObject | undefined;
  const passphrase = reader.string('passphrase');
  const parseChain = (pem: Pem): unknown => (chain = parseCertificates(pem));
  const parseKey = (pem: Pem): unknown =>
    (privateKey = createPrivateKey({ key: pem, ...(passphrase !== undefined && { passphrase }) }));
  const read = (name: string, parse: (pem: Pem) => unknown): Pem | undefined =>
    hasOnePem(reader, name)
      ? (readPem(reader, name, parse) ?? readPemFile(reader, `${name}File`, readFile, parse))
      : undefined;
  const cert = read('cert', parseChain);
  const key = read('key', parseKey);
  const [leaf, issuer] = chain;
  const names = readCertificateNames(reader, leaf);
  if (cert === undefined || key === undefined || leaf === undefined || privateKey === undefined) return undefined;
  const keyName = reader.has('key') ? 'key' : 'keyFile';
  if (!leaf.checkPrivateKey(privateKey)) {
    reader.issue(keyName, `is not the key of the certificate for ${names.join(', ') || leaf.subject}`);
    return undefined;
  }
  const pair = { cert, key, passphrase };
  try {
    return { names, leaf, issuer, pair, context: createSecureContext({ ...shared, ...pair }) };
  } catch (error) {
    // Such as a key that is too short for OpenSSL.
    reader.issue(keyName, `can not be used: ${(error as Error).message}`);
    return undefined;
  }
}
