// Finds the certificate for a server name, among those that are known from the start.
import type { ServerCertificate } from './server-certificate.ts';

/** Certificates by name. */
export class CertificateIndex {
  readonly #byName = new Map<string, ServerCertificate>();

  /** @returns the name that another certificate has already, if there is one; nothing is added then */
  add(certificate: ServerCertificate): string | undefined {
    const taken = certificate.names.find((name) => this.#byName.has(name));
    if (taken !== undefined) return taken;
    for (const name of certificate.names) this.#byName.set(name, certificate);
    return undefined;
  }

  /** All certificates, in the order in which they were added. */
  all(): ServerCertificate[] {
    return [...new Set(this.#byName.values())];
  }

  /**
   * The certificate of a name, or of the wildcard that covers it. A wildcard stands for one label (RFC 6125 section 6.4.3).
   *
   * @param name - in lower case
   */
  find(name: string): ServerCertificate | undefined {
    const exact = this.#byName.get(name);
    if (exact !== undefined) return exact;
    const dot = name.indexOf('.');
    return dot < 0 ? undefined : this.#byName.get(`*${name.slice(dot)}`);
  }
}
