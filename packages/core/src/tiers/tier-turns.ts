// Whose turn it is, of tiers that share the work: in turn by their loads, or by a key, so that a key stays in its tier. Allocates nothing.
import { hash32, mix32 } from '../hash/hash32.ts';
import type { Tier } from './tier.ts';

/** Hashes of 30 bits, which V8 keeps unboxed. */
const hashes = 2 ** 30;

/** The turns of some tiers for as long as their loads are the same. */
export class TierTurns {
  readonly #tiers: readonly Tier[];
  readonly #loads: Float64Array;
  /** As in smooth weighted round robin: nobody is ever further from its share than one turn. */
  readonly #credits: Float64Array;
  /** The first hash after those of each tier. */
  readonly #bounds: Int32Array;

  /** @param before - The turns until now, so that a change of loads does not begin with the first tier each time. */
  constructor(tiers: readonly Tier[], before?: TierTurns) {
    this.#tiers = tiers;
    this.#loads = Float64Array.from(tiers, ({ load }) => load);
    this.#credits = Float64Array.from(tiers, (tier) => before?.creditOf(tier) ?? 0);
    let sum = 0;
    this.#bounds = Int32Array.from(tiers, ({ load }) => Math.round((sum += load) * hashes));
  }

  /** What a tier is owed, in turns. */
  creditOf(tier: Tier): number {
    return this.#credits[this.#tiers.indexOf(tier)] ?? 0;
  }

  /** The tier whose turn it is. */
  next(): Tier | undefined {
    let best = -1;
    for (let index = 0; index < this.#loads.length; index++) {
      const load = this.#loads[index] ?? 0;
      if (load === 0) continue;
      this.#credits[index] = (this.#credits[index] ?? 0) + load;
      if (best < 0 || (this.#credits[index] ?? 0) > (this.#credits[best] ?? 0)) best = index;
    }
    if (best >= 0) this.#credits[best] = (this.#credits[best] ?? 0) - 1;
    return this.#tiers[best];
  }

  /** The tier of a key. When loads change, as few keys as can be change their tier. */
  of(key: string): Tier | undefined {
    // Another hash than the balancers', or a tier would get the keys of some of its endpoints only.
    const hash = mix32(hash32(key) ^ 0x9e3779b9) >>> 2;
    for (let index = 0; index < this.#bounds.length; index++) {
      if (hash < (this.#bounds[index] ?? 0)) return this.#tiers[index];
    }
    // The loads' sum may be a little less than 1.
    return this.next();
  }
}
