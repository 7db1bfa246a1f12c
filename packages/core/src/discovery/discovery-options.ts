// What an upstream can be told about following a source of endpoints, the defaults, and the one place where both are read.
import type { OptionsReader } from '../options/options-reader.ts';

/** What an empty list of a source means. */
export type EmptyPolicy = 'keep' | 'apply';

/** How an upstream follows its source of endpoints. */
export interface DiscoveryOptions {
  /**
   * What an empty list means. `keep`: something is wrong with the source, and the last good list is used on. `apply`: there are no endpoints.
   * @defaultValue `'keep'`
   */
  readonly onEmpty?: EmptyPolicy;
  /** How long to wait before a source that failed is asked again, in milliseconds; twice as long after each further failure. @defaultValue 1000 */
  readonly retryMs?: number;
  /** The longest of these waits, in milliseconds. Each one is shortened by chance, by up to a half. @defaultValue 30000, or `retryMs` if that is more */
  readonly maxRetryMs?: number;
}

/** `DiscoveryOptions`, complete. */
export type ResolvedDiscovery = Required<DiscoveryOptions>;

const emptyPolicies: readonly EmptyPolicy[] = ['keep', 'apply'];

/** Reads the option `discovery`. */
export function readDiscovery(reader: OptionsReader): ResolvedDiscovery {
  return reader.nested('discovery', (discovery) => {
    const retryMs = discovery.number('retryMs', { default: 1_000, min: 1, max: 86_400_000 });
    return {
      onEmpty: discovery.choice('onEmpty', emptyPolicies, { default: 'keep' }),
      retryMs,
      maxRetryMs: discovery.number('maxRetryMs', { default: Math.max(30_000, retryMs), min: retryMs, max: 86_400_000 }),
    };
  });
}

/** The wait before a source is asked again. @param failures - How many there were in a row. @param chance - In [0, 1). */
export function retryWaitMs({ retryMs, maxRetryMs }: ResolvedDiscovery, failures: number, chance: number): number {
  return Math.min(maxRetryMs, retryMs * 2 ** (failures - 1)) * (1 - chance / 2);
}
