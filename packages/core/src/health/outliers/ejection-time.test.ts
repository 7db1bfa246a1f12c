import { expect, test } from 'vitest';
import { ejectionTimeMs, remainingStreak } from './ejection-time.ts';

const times = { intervalMs: 10, baseEjectionMs: 30, maxEjectionMs: 100, ejectionJitterPercent: 10 };

test('each ejection in a row is longer, up to the limit', () => {
  expect([1, 2, 3, 4, 50].map((streak) => ejectionTimeMs(times, streak, 0))).toEqual([30, 60, 90, 100, 100]);
});

test('chance adds up to the jitter', () => {
  expect([0, 0.5, 1].map((chance) => ejectionTimeMs(times, 4, chance))).toEqual([100, 105, expect.closeTo(110)]);
});

test('a good interval takes one off', () => {
  expect([0, 9, 10, 25, 1000].map((backForMs) => remainingStreak(times, 3, backForMs))).toEqual([3, 3, 2, 1, 0]);
});
