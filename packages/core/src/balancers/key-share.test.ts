import { expect, test } from 'vitest';
import { hash32 } from '../hash/hash32.ts';
import { createIdleSet } from './balancer-contract.ts';
import { keepsKey } from './key-share.ts';

const [endpoint, other] = createIdleSet(10, 10).endpoints;
const hashes = Array.from({ length: 4000 }, (_, index) => hash32(`key-${index}`));

function keptAt(weight: number, who = endpoint!): Set<number> {
  who.currentWeight = weight;
  return new Set(hashes.filter((hash) => keepsKey(who, hash)));
}

test('an endpoint of full weight keeps all keys', () => {
  expect(keptAt(10).size).toBe(4000);
});

test('the keys that it keeps are in proportion', () => {
  for (const weight of [1, 5, 9]) {
    const expected = 400 * weight;
    // Five standard deviations of a binomial distribution.
    const tolerance = 5 * Math.sqrt(4000 * (weight / 10) * (1 - weight / 10));
    expect(Math.abs(keptAt(weight).size - expected)).toBeLessThan(tolerance);
  }
});

test('less weight keeps some of the same keys', () => {
  const more = keptAt(6);
  const less = keptAt(3);
  expect([...less].filter((hash) => !more.has(hash))).toEqual([]);
});

test('endpoints give away different keys', () => {
  const [mine, others] = [keptAt(5), keptAt(5, other)];
  const both = [...mine].filter((hash) => others.has(hash)).length;
  expect(Math.abs(both - 1000)).toBeLessThan(5 * Math.sqrt(4000 * 0.25 * 0.75));
});
