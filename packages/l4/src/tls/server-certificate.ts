// One certificate of ours with its key: what it is called, and how long it is valid. Whether the two belong together is key-pair.ts.
// Which certificate a client gets is certificate-index.ts.
import type { OptionsReader } from '@sluice/core';
import { createHash } from 'node:crypto';
import { readCertificateNames } from './certificate-names.ts';
import {
  checkKeyPair,
  readKeyPair,
  type CheckedKeyPair,
  type KeyPair,
  type KeyPairOptions,
  type SharedContextOptions,
} from './key-pair.ts';
import type { Pem, ReadFile } from './pem.ts';

/** A certificate with its key, and whom it is for. */
export interface CertificateOptions extends KeyPairOptions {
  /**
   * The server names (SNI) that get this certificate: `a.example`, or `*.example` for all names with one label more.
   * @defaultValue the DNS names in the certificate
   */
  readonly names?: readonly string[];
}

/** A certificate that can be served. */
export interface ServerCertificate extends CheckedKeyPair {
  /** The same for the same certificate with the same options. */
  readonly id: string;
  /** Its names, in lower case. */
  readonly names: readonly string[];
  /** For the server itself, which serves whoever asks for no name. */
  readonly pair: KeyPair;
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
  const pair = readKeyPair(reader, readFile);
  const id = pair && idOf(pair, reader.raw('names'), shared);
  const before = id === undefined ? undefined : known.get(id);
  if (before !== undefined) return before;
  const checked = pair && checkKeyPair(reader, pair, shared);
  const names = readCertificateNames(reader, checked?.leaf);
  return pair && checked && id !== undefined ? { ...checked, id, names, pair } : undefined;
}

/** The same for the same certificate under the same options. */
function idOf(pair: KeyPair, names: unknown, shared: SharedContextOptions): string {
  const hash = createHash('sha256');
  const { ca, crl, ciphers, minVersion } = shared;
  const parts = [pair.cert, pair.key, pair.passphrase, ca, crl].flat() as (Pem | undefined)[];
  for (const part of parts) hash.update(part ?? '').update('\0');
  return hash.update(JSON.stringify([names, ciphers, minVersion])).digest('base64');
}
