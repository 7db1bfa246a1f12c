// TLS towards endpoints: whom to trust and who we are. Terminating TLS for clients is another matter.
import { resolveOptions, type OptionsReader } from '@sluice/core';
import { createSecureContext, type SecureContext, type SecureVersion } from 'node:tls';

/** Certificates or keys: PEM text, or its bytes, or several. */
export type Pem = string | Buffer | readonly (string | Buffer)[];

/** How `https://` endpoints are spoken to. */
export interface UpstreamTlsOptions {
  /** Whether the endpoint's certificate must be valid for its name. Switch it off for tests only. @defaultValue true */
  readonly verifyTls?: boolean;
  /** Whom to trust instead of Node's bundled authorities. */
  readonly ca?: Pem;
  /** The name to ask for (SNI) and to verify. @defaultValue the endpoint's host */
  readonly servername?: string;
  /** Our certificate, for endpoints that ask for one, with its key. */
  readonly cert?: Pem;
  readonly key?: Pem;
  readonly passphrase?: string;
  /** Protocols to offer (ALPN), the best first. @defaultValue none */
  readonly alpnProtocols?: readonly string[];
  /** @defaultValue `'TLSv1.2'` */
  readonly minVersion?: 'TLSv1.2' | 'TLSv1.3';
}

/** `UpstreamTlsOptions`, complete; the certificates are parsed. */
export interface ResolvedUpstreamTls {
  readonly verifyTls: boolean;
  readonly servername: string | undefined;
  readonly alpnProtocols: readonly string[];
  readonly secureContext: SecureContext;
}

/** @throws OptionsError when an option or a certificate can not be used */
export function resolveUpstreamTls(options: UpstreamTlsOptions): ResolvedUpstreamTls {
  return resolveOptions(options, 'tls', readUpstreamTls);
}

/** The same as a part of other options. */
export function readUpstreamTls(reader: OptionsReader): ResolvedUpstreamTls {
  const context = {
    ca: reader.raw('ca') as Pem | undefined,
    cert: reader.raw('cert') as Pem | undefined,
    key: reader.raw('key') as Pem | undefined,
    passphrase: reader.string('passphrase'),
    minVersion: reader.choice('minVersion', ['TLSv1.2', 'TLSv1.3'], { default: 'TLSv1.2' }) satisfies SecureVersion,
  };
  return {
    verifyTls: reader.boolean('verifyTls', { default: true }),
    servername: reader.string('servername'),
    alpnProtocols: reader.list('alpnProtocols', (value) => (typeof value === 'string' ? value : undefined)),
    secureContext: readContext(reader, context),
  };
}

function readContext(reader: OptionsReader, context: Readonly<Record<string, Pem | undefined>>): SecureContext {
  const given = Object.fromEntries(Object.entries(context).filter(([, value]) => value !== undefined));
  try {
    return createSecureContext(given);
  } catch (error) {
    reader.issue(
      'cert',
      `, key, ca or passphrase can not be used: ${error instanceof Error ? error.message : String(error)}`,
    );
    return createSecureContext();
  }
}
