import { expect, test } from 'vitest';
import { hash32, mix32 } from './hash32.ts';

test('is a signed 32-bit number that differs for similar keys', () => {
  const hashes = Array.from({ length: 5000 }, (_, index) => hash32(`10.0.0.${index}`));
  expect(hashes.every((hash) => hash === (hash | 0))).toBe(true);
  // Among 5000 of 2^32 values, 0.003 collisions are expected.
  expect(new Set(hashes).size).toBe(5000);
});

test('hashes from a position on', () => {
  expect(hash32('::ffff:192.0.2.1', 7)).toBe(hash32('192.0.2.1'));
  expect(hash32('', 0)).toBe(hash32('::ffff:', 7));
});

test('flips half of the output bits when one input bit flips', () => {
  let flipped = 0;
  let trials = 0;
  for (let value = 1; value < 1000; value++) {
    for (let bit = 0; bit < 32; bit++, trials++) {
      let difference = mix32(value) ^ mix32(value ^ (1 << bit));
      for (; difference !== 0; difference &= difference - 1) flipped++;
    }
  }
  expect(flipped / trials / 32).toBeGreaterThan(0.49);
  expect(flipped / trials / 32).toBeLessThan(0.51);
});
