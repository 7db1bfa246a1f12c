import { expect, test } from 'vitest';
import { openTimeMs } from './open-time.ts';

const times = { openMs: 1000, maxOpenMs: 5000, openJitterPercent: 10 };

test('doubles each time, up to the limit', () => {
  expect([1, 2, 3, 4, 5000].map((streak) => openTimeMs(times, streak, 0))).toEqual([1000, 2000, 4000, 5000, 5000]);
});

test('is longer by chance, never shorter', () => {
  expect([0, 0.5, 1].map((chance) => openTimeMs(times, 1, chance))).toEqual([1000, 1050, 1100]);
});
