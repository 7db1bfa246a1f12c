import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createEndpointSet } from '../endpoint/endpoint-set.ts';
import { TierTurns } from './tier-turns.ts';
import { Tier } from './tier.ts';

function createTiers(...loads: number[]): Tier[] {
  return loads.map((load, index) => {
    const tier = new Tier({ priority: index, backup: false, place: 'anywhere' }, createEndpointSet(1, []));
    tier.load = load;
    return tier;
  });
}

test('no tier is ever further from its share than one turn, with two of them, and never gets what is not its', () => {
  fc.assert(
    fc.property(fc.double({ min: 0, max: 1, noNaN: true }), (load) => {
      const tiers = createTiers(load, 0, 1 - load);
      const turns = new TierTurns(tiers);
      const counts = new Map(tiers.map((tier) => [tier, 0]));
      for (let turn = 1; turn <= 100; turn++) {
        const tier = turns.next()!;
        counts.set(tier, counts.get(tier)! + 1);
        for (const [each, count] of counts) expect(Math.abs(count - turn * each.load)).toBeLessThan(1 + 1e-9);
      }
      expect(counts.get(tiers[1]!)).toBe(0);
    }),
  );
});

test('a change does not begin with the first tier again', () => {
  const tiers = createTiers(0.6, 0.4);
  let turns = new TierTurns(tiers);
  let first = 0;
  for (let turn = 0; turn < 1000; turn++) {
    turns = new TierTurns(tiers, turns);
    if (turns.next() === tiers[0]) first++;
  }
  expect(Math.abs(first - 600)).toBeLessThanOrEqual(1);
});

test('keys are placed by load, and few of them move when it changes', () => {
  const keys = Array.from({ length: 20_000 }, (_, index) => `key-${index}`);
  const placesAt = (load: number): number[] => {
    const tiers = createTiers(load, 1 - load);
    const turns = new TierTurns(tiers);
    return keys.map((key) => tiers.indexOf(turns.of(key)!));
  };
  const [before, after] = [placesAt(0.7), placesAt(0.6)];
  // Five standard deviations of a binomial distribution.
  const tolerance = (share: number): number => 5 * Math.sqrt(keys.length * share * (1 - share));
  const first = before.filter((place) => place === 0).length;
  expect(Math.abs(first - 0.7 * keys.length)).toBeLessThan(tolerance(0.7));
  const moved = keys.filter((_, index) => before[index] !== after[index]).length;
  expect(Math.abs(moved - 0.1 * keys.length)).toBeLessThan(tolerance(0.1));
  expect(after.every((place, index) => place === 1 || before[index] === 0)).toBe(true);
});

test('nobody has a turn where nobody has a load', () => {
  const turns = new TierTurns(createTiers(0, 0));
  expect([turns.next(), turns.of('key')]).toEqual([undefined, undefined]);
});
