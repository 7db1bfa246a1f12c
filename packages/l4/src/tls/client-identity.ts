// Who a client is by its certificate, and whether that is proved.
import type { X509Certificate } from 'node:crypto';
import type { TLSSocket } from 'node:tls';
import { parseAlternativeNames, type AlternativeNames } from './alternative-names.ts';

/** A client's certificate. Nothing in it is true unless `verified` is. */
export interface ClientIdentity extends AlternativeNames {
  /** Whether one of the authorities vouches for it. */
  readonly verified: boolean;
  /** Why it is not verified, as OpenSSL's code: `CERT_HAS_EXPIRED`, `UNABLE_TO_VERIFY_LEAF_SIGNATURE`, `CERT_REVOKED`. */
  readonly failure: string | undefined;
  /** The subject's distinguished name, one attribute per line: `CN=a\nO=b`. */
  readonly subject: string;
  /** The issuer's distinguished name. */
  readonly issuer: string;
  /** The serial number in hexadecimal, unique at its issuer. */
  readonly serialNumber: string;
  /** SHA-256 of the certificate, as hexadecimal pairs with colons. */
  readonly fingerprint256: string;
  /** When it begins to be valid, in milliseconds since 1970. */
  readonly validFromMs: number;
  /** When it expires, in milliseconds since 1970. */
  readonly validToMs: number;
  /** The certificate in DER form. */
  readonly raw: Buffer;
}

/** Reads the certificate that a client has sent, also in the session that it resumes. */
export function identifyClient(socket: TLSSocket): ClientIdentity | undefined {
  const certificate = socket.getPeerX509Certificate();
  if (certificate === undefined) return undefined;
  const failure = socket.authorized ? undefined : String(socket.authorizationError);
  return new CertifiedClient(certificate, failure);
}

/** Reads what is wanted when it is wanted: most routes look at one field. */
class CertifiedClient implements ClientIdentity {
  readonly verified: boolean;
  readonly failure: string | undefined;
  readonly #certificate: X509Certificate;
  #names: AlternativeNames | undefined;

  constructor(certificate: X509Certificate, failure: string | undefined) {
    this.#certificate = certificate;
    this.verified = failure === undefined;
    this.failure = failure;
  }

  get subject(): string {
    return this.#certificate.subject;
  }
  get issuer(): string {
    return this.#certificate.issuer;
  }
  get serialNumber(): string {
    return this.#certificate.serialNumber;
  }
  get fingerprint256(): string {
    return this.#certificate.fingerprint256;
  }
  get validFromMs(): number {
    return this.#certificate.validFromDate.getTime();
  }
  get validToMs(): number {
    return this.#certificate.validToDate.getTime();
  }
  get raw(): Buffer {
    return this.#certificate.raw;
  }
  get dnsNames(): readonly string[] {
    return this.#alternatives().dnsNames;
  }
  get uris(): readonly string[] {
    return this.#alternatives().uris;
  }
  get emails(): readonly string[] {
    return this.#alternatives().emails;
  }
  get ipAddresses(): readonly string[] {
    return this.#alternatives().ipAddresses;
  }

  /** For logs. */
  toJSON(): Omit<ClientIdentity, 'raw'> {
    const { verified, failure, subject, issuer, serialNumber, fingerprint256, validFromMs, validToMs } = this;
    const facts = { verified, failure, subject, issuer, serialNumber, fingerprint256, validFromMs, validToMs };
    return { ...facts, ...this.#alternatives() };
  }

  #alternatives(): AlternativeNames {
    return (this.#names ??= parseAlternativeNames(this.#certificate.subjectAltName));
  }
}
