// Chance, injectable. The only file of the library that asks the system for it.

/** A source of numbers in [0, 1). */
export type Random = () => number;

/** The system's chance; not for secrets. */
export const systemRandom: Random = () => Math.random();

/** A repeatable source (mulberry32): the same seed gives the same numbers. */
export function createSeededRandom(seed: number): Random {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
