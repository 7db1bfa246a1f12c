// How TLS to endpoints is set up: options, defaults, and the check of certificates and keys before the first connection needs them.
import { resolveOptions, type Endpoint, type OptionsReader, type TcpAddress } from '@sluice/core';
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { SecureContext } from 'node:tls';
import type { ClientConnection } from '../tcp/client-connection.ts';
import { checkKeyPair, hasKeyPair, readKeyPair, type KeyPairOptions, type SharedContextOptions } from './key-pair.ts';
import { readPemsAndFile, type Pem } from './pem.ts';
import { defaultMinTlsVersion, readAlpnProtocols, readMinVersion, type MinTlsVersion } from './protocol-options.ts';

/** A connection that is to be opened. */
export interface TlsTarget {
  /** Where to. */
  readonly address: TcpAddress;
  /** The endpoint, with its `metadata`; `undefined` when an address is dialled that is none's. */
  readonly endpoint: Endpoint | undefined;
  /** The client's connection, in a TCP proxy. Connections of HTTP carry requests of many clients. */
  readonly connection: ClientConnection | undefined;
}

/** What is different for one connection. */
export interface TlsTargetOptions extends KeyPairOptions {
  /** The name that is asked for and verified. */
  readonly servername?: string;
}

/** TLS to endpoints. `cert` and `key` are for endpoints that ask who we are. */
export interface UpstreamTlsOptions extends KeyPairOptions {
  /**
   * Whether an endpoint must prove who it is. `false` accepts any certificate: whoever sits on the way can read and change everything.
   * @defaultValue true
   */
  readonly verifyTls?: boolean;
  /** The authorities that are trusted, instead of those that come with Node. */
  readonly ca?: Pem | readonly Pem[];
  /** The file that holds `ca`. */
  readonly caFile?: string;
  /** The name that is asked for (SNI) and that the certificate must have. @defaultValue the endpoint's host; no SNI when that is an IP address */
  readonly servername?: string;
  /**
   * Says what is different for a connection that is to be opened: another name, another certificate of ours. `undefined`: nothing. A certificate
   * is read and checked once for each object, so return the same one for the same certificate.
   *
   * @example
   * ```ts
   * createDialer({ tls: { choose: ({ endpoint }) => ({ servername: String(endpoint?.metadata['name']) }) } });
   * ```
   */
  readonly choose?: (target: TlsTarget) => TlsTargetOptions | undefined;
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
  readonly choose: UpstreamTlsOptions['choose'];
  readonly alpnProtocols: readonly string[];
  /** What contexts are made with. Without `ca` of the user's, Node's roots are loaded, which takes milliseconds. */
  readonly shared: SharedContextOptions;
  /** Made already when we have a certificate; otherwise whoever dials first makes it. */
  readonly secureContext: SecureContext | undefined;
}

/** Reads `UpstreamTlsOptions`; what is wrong is noted in the reader. */
export function readUpstreamTls(reader: OptionsReader): ResolvedUpstreamTls {
  const minVersion = readMinVersion(reader);
  const ca = readPemsAndFile(reader, 'ca', readFileSync, (pem) => new X509Certificate(pem));
  const shared = { minVersion, ...(ca.length > 0 && { ca }) };
  return {
    verifyTls: reader.boolean('verifyTls', { default: upstreamTlsDefaults.verifyTls }),
    servername: reader.string('servername'),
    choose: reader.function<NonNullable<UpstreamTlsOptions['choose']>>('choose'),
    alpnProtocols: readAlpnProtocols(reader),
    shared,
    secureContext: readIdentity(reader, shared),
  };
}

/** Reads what `choose` says. @throws OptionsError */
export function resolveTlsTarget(
  options: TlsTargetOptions,
  shared: SharedContextOptions,
): { readonly servername: string | undefined; readonly secureContext: SecureContext | undefined } {
  return resolveOptions(options, 'choose', (reader) => ({
    servername: reader.string('servername'),
    secureContext: readIdentity(reader, shared),
  }));
}

function readIdentity(reader: OptionsReader, shared: SharedContextOptions): SecureContext | undefined {
  const passphrase = reader.has('passphrase');
  if (!hasKeyPair(reader)) {
    if (passphrase) reader.issue('passphrase', 'opens nothing: there is no key');
    return undefined;
  }
  const pair = readKeyPair(reader, readFileSync);
  return pair && checkKeyPair(reader, pair, shared)?.context;
}
