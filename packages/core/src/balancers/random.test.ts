import { expect, test } from 'vitest';
import { OptionsError } from '../options/options-error.ts';
import { createSeededRandom } from '../random.ts';
import { countIds, createIdleSet, describeBalancer, pickIds } from './balancer-contract.ts';
import { random } from './random.ts';

describeBalancer('random', () => random({ random: createSeededRandom(1) }));

test('spreads by weight', () => {
  const picks = 70_000;
  const counts = countIds(pickIds(random({ random: createSeededRandom(7) }), createIdleSet(4, 2, 1), picks));
  for (const [id, share] of Object.entries({ a: 4 / 7, b: 2 / 7, c: 1 / 7 })) {
    // Five standard deviations of a binomial distribution.
    const tolerance = 5 * Math.sqrt(picks * share * (1 - share));
    expect(Math.abs((counts[id] ?? 0) - picks * share)).toBeLessThan(tolerance);
  }
});

test('draws from those that are left', () => {
  const lowest = random({ random: () => 0 });
  const highest = random({ random: () => 1 - Number.EPSILON });
  expect(pickIds(lowest, createIdleSet(1, 1, 1), 1, ({ id }) => id !== 'a')).toEqual(['b']);
  expect(pickIds(highest, createIdleSet(1, 1, 1), 1, ({ id }) => id !== 'c')).toEqual(['b']);
});

test('refuses chance that is no function', () => {
  expect(() => random({ random: 4 } as never)).toThrow(OptionsError);
});
