// How tiers share the work: the option, its default, and where it is read.
import type { OptionsReader } from '../options/options-reader.ts';

/** How the tiers of an upstream, by `priority` and by distance, share the work. */
export interface TierOptions {
  /**
   * How much more than its usual load a tier can carry, as a factor, at least 1. With 1.4, a tier gets all of the work while 71 % of its weight
   * (1 / 1.4) is healthy, and with half of it, 70 %; the next tier gets the rest. `Infinity` is strict: a tier gets all while anything of it is
   * healthy. @defaultValue 1.4
   */
  readonly overprovisioning?: number;
}

/** `TierOptions`, complete. */
export type ResolvedTiers = Required<TierOptions>;

/** The defaults of `TierOptions`; the number is Envoy's. */
export const tierDefaults: ResolvedTiers = Object.freeze({ overprovisioning: 1.4 });

/** Reads the option `tiers`. */
export function readTiers(reader: OptionsReader): ResolvedTiers {
  return reader.nested('tiers', (tiers) => ({
    overprovisioning: tiers.number('overprovisioning', {
      default: tierDefaults.overprovisioning,
      min: 1,
      infinity: true,
    }),
  }));
}
