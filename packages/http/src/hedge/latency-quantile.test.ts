import { createManualClock } from '@sluice/core';
import { expect, test } from 'vitest';
import { LatencyQuantile } from './latency-quantile.ts';

test.each([0.5, 0.9, 0.95, 0.99])(
  'the quantile %d of a thousand latencies is right to a tenth, from above',
  (share) => {
    const quantile = new LatencyQuantile(share, createManualClock());
    for (let ms = 1; ms <= 1000; ms++) quantile.note(ms);
    const right = share * 1000;
    expect(quantile.valueMs()).toBeGreaterThanOrEqual(right);
    expect(quantile.valueMs()).toBeLessThanOrEqual(right * 1.1);
  },
);

test('knows nothing at first', () => {
  const quantile = new LatencyQuantile(0.9, createManualClock());
  expect([quantile.count, quantile.valueMs()]).toEqual([0, 0]);
});

test('takes what is too small and too large', () => {
  const quantile = new LatencyQuantile(1, createManualClock());
  quantile.note(0);
  expect(quantile.valueMs()).toBeCloseTo(0.1);
  quantile.note(1e12);
  expect(quantile.valueMs()).toBeGreaterThan(1_800_000);
  quantile.note(NaN);
  expect(quantile.count).toBe(3);
});

test('forgets what is two periods old', () => {
  const clock = createManualClock();
  const quantile = new LatencyQuantile(0.5, clock, 1_000);
  for (let count = 0; count < 100; count++) quantile.note(500);
  clock.advance(1_000);
  quantile.note(5);
  expect(quantile.count).toBe(101);
  expect(quantile.valueMs()).toBeGreaterThan(499);
  clock.advance(1_000);
  expect(quantile.count).toBe(1);
  expect(quantile.valueMs()).toBeLessThan(6);
  clock.advance(2_000);
  expect(quantile.count).toBe(0);
});

test('follows what changes', () => {
  const quantile = new LatencyQuantile(0.5, createManualClock());
  for (let count = 0; count < 100; count++) quantile.note(10);
  expect(quantile.valueMs()).toBeLessThan(12);
  for (let count = 0; count < 200; count++) quantile.note(100);
  expect(quantile.valueMs()).toBeGreaterThan(99);
});
