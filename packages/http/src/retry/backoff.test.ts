import { createSeededRandom } from '@sluice/core';
import { expect, test } from 'vitest';
import { backoffMs } from './backoff.ts';

test('waits by chance, up to a bound that doubles until it is at its most', () => {
  const random = createSeededRandom(1);
  for (const [repetition, bound] of [25, 50, 100, 200, 250, 250].entries()) {
    const waits = Array.from({ length: 200 }, () => backoffMs({ baseMs: 25, maxMs: 250 }, repetition + 1, random));
    expect(Math.min(...waits)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...waits)).toBeLessThan(bound);
    expect(Math.max(...waits)).toBeGreaterThan(bound * 0.9);
  }
});

test('does not wait when it is off', () => {
  expect(backoffMs({ baseMs: 0, maxMs: 0 }, 3, () => 0.9)).toBe(0);
});
