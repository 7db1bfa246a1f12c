// Options in force: what they were resolved to, and what it takes to resolve them again when a file has changed.
import { resolveOptions } from '@sluice/core';
import { readFileSync } from 'node:fs';
import { CertificateFiles } from './certificate-files.ts';
import type { ReadFile } from './pem.ts';
import { describeCertificate, type CertificateInfo, type ServerCertificate } from './server-certificate.ts';
import {
  readTlsSettings,
  type ResolvedTlsContexts,
  type TlsContextsFallbacks,
  type TlsContextsOptions,
} from './tls-contexts-options.ts';

/** Options in force. A change makes new ones. */
export class TlsSettings {
  readonly resolved: ResolvedTlsContexts;
  readonly #options: TlsContextsOptions;
  readonly #fallbacks: TlsContextsFallbacks;
  readonly #contents: ReadonlyMap<string, Buffer>;
  #files: CertificateFiles | undefined;

  constructor(
    resolved: ResolvedTlsContexts,
    options: TlsContextsOptions,
    fallbacks: TlsContextsFallbacks,
    contents: ReadonlyMap<string, Buffer>,
  ) {
    this.resolved = resolved;
    this.#options = options;
    this.#fallbacks = fallbacks;
    this.#contents = contents;
  }

  /** Other options in place of these. @throws OptionsError */
  replaceBy(options: TlsContextsOptions, readFile: ReadFile = readFileSync): TlsSettings {
    return resolveTlsSettings(options, this.#fallbacks, readFile, this.certificates());
  }

  /** The same options with what is in their files now; `undefined` when that is the same. Rejects with an OptionsError. */
  async reload(): Promise<TlsSettings | undefined> {
    this.#files ??= new CertificateFiles(this.#options, this.#contents);
    const readFile = await this.#files.read();
    return readFile && this.replaceBy(this.#options, readFile);
  }

  /** All certificates, the default one first. */
  certificates(): readonly ServerCertificate[] {
    const { certificates, defaultCertificate } = this.resolved;
    // The default one may have no names, and then it is under none.
    return [...new Set([...(defaultCertificate === undefined ? [] : [defaultCertificate]), ...certificates.all()])];
  }

  /** What is told of them. */
  describeCertificates(): readonly CertificateInfo[] {
    const { defaultCertificate } = this.resolved;
    return this.certificates().map((one) => describeCertificate(one, one === defaultCertificate));
  }
}

/** Reads and checks options. @throws OptionsError */
export function resolveTlsSettings(
  options: TlsContextsOptions,
  fallbacks: TlsContextsFallbacks,
  readFile: ReadFile = readFileSync,
  before: readonly ServerCertificate[] = [],
): TlsSettings {
  const contents = new Map<string, Buffer>();
  const remember: ReadFile = (path) => {
    const read = readFile(path);
    contents.set(path, read);
    return read;
  };
  const source = { readFile: remember, known: new Map(before.map((certificate) => [certificate.id, certificate])) };
  const resolved = resolveOptions(options, 'tls', (reader) => readTlsSettings(reader, source, fallbacks));
  return new TlsSettings(resolved, keep(options), fallbacks, contents);
}

/** The user's objects stay the user's. */
function keep(options: TlsContextsOptions): TlsContextsOptions {
  const { certificates, clientCertificates } = options;
  return {
    ...options,
    ...(certificates && { certificates: certificates.map((one) => ({ ...one })) }),
    ...(clientCertificates && { clientCertificates: { ...clientCertificates } }),
  };
}
