// What an endpoint asks for other than by its probes: less work, or none, for a while.
import { resolveOptions } from '../options/resolve-options.ts';

/** How much of its weight somebody wants an endpoint to have, and why. */
export interface WeightWish {
  /** From 0 to 100. */
  readonly weightPercent: number;
  readonly reason: string;
}

/** What an endpoint asks for. */
export interface WeightWishOptions {
  /** How much of its weight it wants, from 0 to 100; 0 is no new work, 100 ends an earlier wish. */
  readonly weightPercent: number;
  /** How long that holds unless it is said again, in milliseconds. @defaultValue 30000 */
  readonly holdMs?: number;
  /** Why, for people: the line that it said. @defaultValue `'asked for'` */
  readonly reason?: string;
}

/** `WeightWishOptions`, complete. */
export interface ResolvedWeightWish extends WeightWish {
  readonly holdMs: number;
}

/** The defaults of `WeightWishOptions`. */
export const weightWishDefaults: Readonly<Pick<ResolvedWeightWish, 'holdMs' | 'reason'>> = Object.freeze({
  holdMs: 30_000,
  reason: 'asked for',
});

/** @throws OptionsError with every issue */
export function resolveWeightWish(options: WeightWishOptions): ResolvedWeightWish {
  return resolveOptions(options, 'wish', (reader) => {
    if (!reader.has('weightPercent')) reader.issue('weightPercent', 'must be a number from 0 to 100');
    return {
      weightPercent: reader.number('weightPercent', { default: 100, min: 0, max: 100 }),
      holdMs: reader.number('holdMs', { default: weightWishDefaults.holdMs, min: 1 }),
      reason: reader.string('reason', { default: weightWishDefaults.reason }),
    };
  });
}
