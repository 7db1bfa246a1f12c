import { expect, test } from 'vitest';
import { BodyRate } from './body-rate.ts';

/** Looks once a second at a body of which so many bytes come each second. @returns the second in which it was too slow */
function tooSlowAfter(bytesPerSecond: number, awaited: (second: number) => boolean = () => true): number | undefined {
  const rate = new BodyRate(240);
  rate.begin(1_000, 7_000);
  for (let second = 1; second <= 60; second++) {
    if (rate.isTooSlow(1_000 + second * 1_000, 7_000 + second * bytesPerSecond, awaited(second))) return second;
  }
  return undefined;
}

test('a client below the rate is too slow once its grace is over', () => {
  expect([tooSlowAfter(0), tooSlowAfter(239)]).toEqual([6, 6]);
});

test('a client at the rate may take as long as it needs', () => {
  expect(tooSlowAfter(240)).toBeUndefined();
});

test('time in which nobody waits for the client does not count', () => {
  expect(tooSlowAfter(0, () => false)).toBeUndefined();
  expect(tooSlowAfter(0, (second) => second % 2 === 0)).toBe(12);
});

test('each body starts anew', () => {
  const rate = new BodyRate(240);
  rate.begin(0, 0);
  expect(rate.isTooSlow(5_000, 0, true)).toBe(false);
  rate.begin(5_000, 0);
  expect(rate.isTooSlow(10_000, 0, true)).toBe(false);
  expect(rate.isTooSlow(10_001, 0, true)).toBe(true);
});
