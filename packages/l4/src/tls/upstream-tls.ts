// How TLS to endpoints is set up: options, defaults, and the check of certificates and keys before the first connection needs them.
import type { OptionsReader } from '@sluice/core';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { createSecureContext, type SecureContext } from 'node:tls';
import { readPem, readPems, type Pem } from './pem.ts';
import { defaultMinTlsVersion, readAlpnProtocols, readMinVersion, type MinTlsVersion } from './protocol-options.ts';

/** TLS to endpoints. */
export interface UpstreamTlsOptions {
  /**
   * Whether an endpoint must prove who it is. `false` accepts any certificate: whoever sits on the way can read and change everything.
   * @defaultValue true
   */
  readonly verifyTls?: boolean;
  /** The authorities that are trusted, instead of those that come with Node. */
  readonly ca?: Pem | readonly Pem[];
  /** The name that is asked for (SNI) and that the certificate must have. @defaultValue the endpoint's host; no SNI when that is an IP address */
  readonly servername?: string;
  /** Our certificate, with its chain, for endpoints that ask for one; needs `key`. */
  readonly cert?: Pem;
  /** The private key of `cert`. */
  readonly key?: Pem;
  /** Opens `key` when it is encrypted. */
  readonly passphrase?: string;
  /** The protocols that are offered (ALPN), best first. What was chosen is the socket's `alpnProtocol`. @defaultValue none */
  readonly alpnProtocols?: readonly string[];
  /** @defaultValue 'TLSv1.2' */
  readonly minVersion?: MinTlsVersion;
}

/** The defaults of `UpstreamTlsOptions`. */
export const upstreamTlsDefaults: { readonly verifyTls: boolean; readonly minVersion: MinTlsVersion } = Object.freeze({
  verifyTls: true,
  minVersion: defaultMinTlsVersion,
});

/** `UpstreamTlsOptions`, complete and checked. */
export interface ResolvedUpstreamTls {
  readonly verifyTls: boolean;
  readonly servername: string | undefined;
  readonly alpnProtocols: readonly string[];
  readonly minVersion: MinTlsVersion;
  /** Made already when there are certificates of the user's; otherwise whoever dials first makes it: Node's roots take milliseconds to load. */
  readonly secureContext: SecureContext | undefined;
}

/** Reads `UpstreamTlsOptions`; what is wrong is noted in the reader. */
export function readUpstreamTls(reader: OptionsReader): ResolvedUpstreamTls {
  const minVersion = readMinVersion(reader);
  return {
    verifyTls: reader.boolean('verifyTls', { default: upstreamTlsDefaults.verifyTls }),
    servername: reader.string('servername'),
    alpnProtocols: readAlpnProtocols(reader),
    minVersion,
    secureContext: readSecureContext(reader, minVersion),
  };
}

function readSecureContext(reader: OptionsReader, minVersion: MinTlsVersion): SecureContext | undefined {
  const ca = readPems(reader, 'ca', (pem) => new X509Certificate(pem));
  const cert = readPem(reader, 'cert', (pem) => new X509Certificate(pem));
  const passphrase = reader.string('passphrase');
  const key = readPem(reader, 'key', (pem) => createPrivateKey({ key: pem, ...(passphrase && { passphrase }) }));
  if (reader.has('cert') && !reader.has('key')) reader.issue('key', 'is missing: cert needs it');
  if (reader.has('key') && !reader.has('cert')) reader.issue('cert', 'is missing: key needs it');
  if (ca === undefined && (cert === undefined || key === undefined)) return undefined;
  try {
    return createSecureContext({ ca, cert, key, passphrase, minVersion });
  } catch (error) {
    reader.issue('key', `cannot be used with cert: ${(error as Error).message}`);
    return undefined;
  }
}
