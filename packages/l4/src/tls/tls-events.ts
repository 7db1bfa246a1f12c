// What TLS contexts tell.
import type { CertificateInfo } from './server-certificate.ts';
import type { HandshakeError } from './handshake-error.ts';

/** The events of `TlsContexts`. */
export interface TlsEvents {
  /** A handshake failed. */
  readonly 'handshake-failed': {
    /** Why; `fault` says it in one word. */
    readonly error: HandshakeError;
    /** The client's address. */
    readonly remoteAddress: string;
  };
  /** Other certificates are served from now on. */
  readonly 'certificates-replaced': {
    /** All that are served. */
    readonly certificates: readonly CertificateInfo[];
  };
  /** Files were read again, and can not be used. What was served is served on. */
  readonly 'reload-failed': {
    /** What is wrong with them. */
    readonly error: unknown;
  };
  /** A certificate expires soon, or has expired. Told twice a day, and when certificates are replaced. */
  readonly 'expiry-noticed': {
    /** Which. */
    readonly certificate: CertificateInfo;
  };
  /** The function that knows the keys of session tickets has failed. Those that are there stay. */
  readonly 'ticket-keys-failed': {
    /** What it threw, or what is wrong with what it gave. */
    readonly error: unknown;
  };
  /** No OCSP response for one of the certificates. One that was fetched before is given out until it expires. */
  readonly 'ocsp-staple-failed': {
    /** The certificate, as SHA-256 in hexadecimal pairs with colons. */
    readonly fingerprint256: string;
    /** What the function threw, or what is wrong with what it gave. */
    readonly error: unknown;
  };
}
