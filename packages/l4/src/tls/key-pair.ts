// A certificate and its private key in options: reading both, and whether they belong together.
import type { OptionsReader } from '@sluice/core';
import { createPrivateKey, type KeyObject, type X509Certificate } from 'node:crypto';
import { createSecureContext, type SecureContext, type SecureContextOptions } from 'node:tls';
import { parseCertificates, parsePem, pemOption, readPemOrFile, type Pem, type ReadFile } from './pem.ts';

/** A certificate with its key: `cert` and `key`, or the files that hold them. */
export interface KeyPairOptions {
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
}

/** Both as they were given. */
export type KeyPair = Required<Pick<SecureContextOptions, 'passphrase'>> & { readonly cert: Pem; readonly key: Pem };

/** A pair that fits together. */
export interface CheckedKeyPair {
  readonly leaf: X509Certificate;
  /** The next certificate of the chain, if there is one. */
  readonly issuer: X509Certificate | undefined;
  /** For handshakes with it. */
  readonly context: SecureContext;
}

/** What contexts have besides their pair. */
export type SharedContextOptions = Pick<SecureContextOptions, 'ca' | 'crl' | 'ciphers' | 'minVersion'>;

/** Whether options name a certificate or a key at all. */
export function hasKeyPair(reader: OptionsReader): boolean {
  return ['cert', 'certFile', 'key', 'keyFile'].some((name) => reader.has(name));
}

/** Reads both without a look at them. `undefined` when one is missing, which is noted in the reader. */
export function readKeyPair(reader: OptionsReader, readFile: ReadFile): KeyPair | undefined {
  const cert = readPemOrFile(reader, 'cert', readFile);
  const key = readPemOrFile(reader, 'key', readFile);
  const passphrase = reader.string('passphrase');
  // One of them may be wrong in itself.
  if (cert === undefined) parsePem(reader, 'key', key, (pem) => openKey(pem, passphrase));
  if (key === undefined) parsePem(reader, 'cert', cert, parseCertificates);
  return cert === undefined || key === undefined ? undefined : { cert, key, passphrase };
}

/** Checks a pair; what is wrong is noted in the reader, and then there is none. */
export function checkKeyPair(
  reader: OptionsReader,
  pair: KeyPair,
  shared: SharedContextOptions,
): CheckedKeyPair | undefined {
  const [leaf, issuer] = parsePem(reader, 'cert', pair.cert, parseCertificates) ?? [];
  const key = parsePem(reader, 'key', pair.key, (pem) => openKey(pem, pair.passphrase));
  if (leaf === undefined || key === undefined) return undefined;
  const keyOption = pemOption(reader, 'key');
  if (!leaf.checkPrivateKey(key)) {
    reader.issue(keyOption, `is not the key of the certificate for ${leaf.subjectAltName ?? leaf.subject}`);
    return undefined;
  }
  try {
    return { leaf, issuer, context: createSecureContext({ ...shared, ...pair }) };
  } catch (error) {
    // Such as a key that is too short for OpenSSL.
    reader.issue(keyOption, `can not be used: ${(error as Error).message}`);
    return undefined;
  }
}

function openKey(pem: Pem, passphrase: string | undefined): KeyObject {
  return createPrivateKey({ key: pem, ...(passphrase !== undefined && { passphrase }) });
}
