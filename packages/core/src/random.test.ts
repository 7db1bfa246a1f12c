import { expect, test } from 'vitest';
import { createSeededRandom, systemRandom } from './random.ts';

test('the same seed gives the same numbers, another seed others', () => {
  const draw = (seed: number): number[] => {
    const random = createSeededRandom(seed);
    return Array.from({ length: 100 }, () => random());
  };
  expect(draw(42)).toEqual(draw(42));
  expect(draw(42)).not.toEqual(draw(43));
});

test('gives numbers from 0 to below 1, evenly', () => {
  const random = createSeededRandom(1);
  const draws = 100_000;
  const buckets = Array.from({ length: 10 }, () => 0);
  for (let index = 0; index < draws; index++) {
    const number = random();
    buckets[Math.floor(number * 10)]! += 1;
  }
  expect(buckets.reduce((sum, count) => sum + count, 0)).toBe(draws);
  // Five standard deviations of a binomial distribution.
  for (const count of buckets) expect(Math.abs(count - draws / 10)).toBeLessThan(5 * Math.sqrt(draws * 0.09));
});

test('the system gives numbers from 0 to below 1', () => {
  const draws = Array.from({ length: 100 }, systemRandom);
  expect(draws.every((number) => number >= 0 && number < 1)).toBe(true);
  expect(new Set(draws).size).toBeGreaterThan(1);
});
