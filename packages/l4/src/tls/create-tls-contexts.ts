// Makes what ends TLS, for a caller or for an option.
import { readPart, type OptionsReader } from '@sluice/core';
import type { TlsContextsFallbacks, TlsContextsOptions } from './tls-contexts-options.ts';
import { isTlsContexts, type TlsContexts } from './tls-contexts.ts';
import { resolveTlsSettings } from './tls-settings.ts';
import { TlsTermination } from './tls-termination.ts';

/**
 * Makes what ends TLS for a listener. All certificates and keys are read and checked now.
 *
 * @throws OptionsError with every issue: a file that can not be read, a key that does not fit its certificate, two certificates for one name.
 *
 * @example
 * ```ts
 * const tls = createTlsContexts({
 *   certFile: '/etc/tls/default.pem',
 *   keyFile: '/etc/tls/default.key',
 *   certificates: [{ certFile: '/etc/tls/shop.pem', keyFile: '/etc/tls/shop.key', names: ['shop.example', '*.shop.example'] }],
 * });
 * ```
 */
export function createTlsContexts(options: TlsContextsOptions): TlsContexts {
  return new TlsTermination(resolveTlsSettings(options, {}));
}

/** What an option holds that takes a `TlsContexts`, or the options for one. */
export interface TlsContextsOption {
  /** What ends TLS. */
  readonly contexts: TlsContexts;
  /** Whether they were made here, to be closed by whoever reads the option. */
  readonly isOwned: boolean;
}

/** Reads such an option; what is wrong is noted in the reader. `undefined` when it is not there. */
export function readTlsContexts(
  reader: OptionsReader,
  key: string,
  fallbacks: TlsContextsFallbacks = {},
): TlsContextsOption | undefined {
  if (!reader.has(key)) return undefined;
  const value = reader.raw(key);
  if (isTlsContexts(value)) return { contexts: value, isOwned: false };
  const options = value as TlsContextsOptions;
  const made = readPart(reader, key, () => new TlsTermination(resolveTlsSettings(options, fallbacks)));
  return made && { contexts: made, isOwned: true };
}
