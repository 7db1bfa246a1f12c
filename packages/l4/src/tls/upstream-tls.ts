// How TLS to endpoints is set up: options, defaults, and the check of certificates and keys before the first connection needs them.
import { describeValue, type OptionsReader } from '@sluice/core';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { createSecureContext, type SecureContext } from 'node:tls';

/** Certificates or a key in PEM form. */
export type Pem = string | Buffer;

/** The lowest version of TLS that is spoken. */
export type MinTlsVersion = 'TLSv1.2' | 'TLSv1.3';

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
  minVersion: 'TLSv1.2',
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
  const minVersion = reader.choice('minVersion', ['TLSv1.2', 'TLSv1.3'], { default: upstreamTlsDefaults.minVersion });
  return {
    verifyTls: reader.boolean('verifyTls', { default: upstreamTlsDefaults.verifyTls }),
    servername: reader.string('servername'),
    alpnProtocols: reader.list('alpnProtocols', (value, path) => {
      if (typeof value === 'string' && value !== '' && value.length <= 255) return value;
      reader.issue(path, `must be the name of a protocol, got ${describeValue(value)}`);
      return undefined;
    }),
    minVersion,
    secureContext: readSecureContext(reader, minVersion),
  };
}

function readSecureContext(reader: OptionsReader, minVersion: MinTlsVersion): SecureContext | undefined {
  const ca = readAuthorities(reader);
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

function readAuthorities(reader: OptionsReader): Pem[] | undefined {
  if (!reader.has('ca')) return undefined;
  const value = reader.raw('ca');
  const authorities: readonly unknown[] = Array.isArray(value) ? value : [value];
  return authorities.flatMap((pem, index) => {
    const path = Array.isArray(value) ? `ca[${index}]` : 'ca';
    // OpenSSL skips what it can not read, and every handshake would fail later.
    return checkPem(reader, path, pem, (checked) => new X509Certificate(checked)) ?? [];
  });
}

function readPem(reader: OptionsReader, name: string, parse: (pem: Pem) => unknown): Pem | undefined {
  return reader.has(name) ? checkPem(reader, name, reader.raw(name), parse) : undefined;
}

function checkPem(reader: OptionsReader, path: string, value: unknown, parse: (pem: Pem) => unknown): Pem | undefined {
  if (typeof value !== 'string' && !Buffer.isBuffer(value)) {
    reader.issue(path, `must be PEM text or a Buffer of it, got ${describeValue(value)}`);
    return undefined;
  }
  try {
    parse(value);
    return value;
  } catch (error) {
    // The text itself stays out of the message: it may be a key.
    reader.issue(path, `is no PEM that can be read: ${(error as Error).message}`);
    return undefined;
  }
}
