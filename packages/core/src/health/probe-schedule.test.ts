import { expect, test } from 'vitest';
import { firstWaitMs, nextWaitMs } from './probe-schedule.ts';

const schedule = {
  intervalMs: 5000,
  fastIntervalMs: 1000,
  downIntervalMs: 20_000,
  jitterPercent: 10,
  startSpreadMs: 800,
};

test('the steady intervals hold while nothing changes, the fast one while something may', () => {
  expect(nextWaitMs(schedule, { verdict: 'healthy', isChanging: false }, 0.5)).toBe(5000);
  expect(nextWaitMs(schedule, { verdict: 'unhealthy', isChanging: false }, 0.5)).toBe(20_000);
  expect(nextWaitMs(schedule, { verdict: 'healthy', isChanging: true }, 0.5)).toBe(1000);
  expect(nextWaitMs(schedule, { verdict: 'unhealthy', isChanging: true }, 0.5)).toBe(1000);
});

test('waits differ by the jitter in both directions', () => {
  const steady = { verdict: 'healthy', isChanging: false } as const;
  expect(nextWaitMs(schedule, steady, 0)).toBe(4500);
  expect(nextWaitMs(schedule, steady, 1)).toBe(5500);
  expect(nextWaitMs({ ...schedule, jitterPercent: 0 }, steady, 0)).toBe(5000);
});

test('first probes are spread', () => {
  expect([0, 0.25, 0.5].map((chance) => firstWaitMs(schedule, chance))).toEqual([0, 200, 400]);
});
