import { expect, test } from 'vitest';
import { OutlierCounters } from './outlier-counters.ts';

test('an interval is counted once', () => {
  const counters = new OutlierCounters(false);
  counters.onOk(5);
  counters.onFailed(undefined);
  expect(counters.take(50, 1)).toEqual({ total: 2, failed: 1, latencyMs: undefined });
  expect(counters.take(50, 1)).toEqual({ total: 0, failed: 0, latencyMs: undefined });
});

test('failures in a row go on from one interval to the next, until a success', () => {
  const counters = new OutlierCounters(false);
  counters.onFailed(undefined);
  counters.take(50, 1);
  counters.onFailed(undefined);
  expect(counters.inARow).toBe(2);
  counters.onOk(undefined);
  expect(counters.inARow).toBe(0);
});

test('latencies count when enough of them were measured', () => {
  const counters = new OutlierCounters(true);
  counters.onOk(undefined);
  expect(counters.take(50, 0).latencyMs).toBe(undefined);
  for (const latencyMs of [10, undefined, 1000]) counters.onOk(latencyMs);
  expect(counters.take(50, 3).latencyMs).toBe(undefined);
  for (const latencyMs of [10, undefined, 1000]) counters.onOk(latencyMs);
  expect(counters.take(50, 2).latencyMs).toBeCloseTo(10.31, 2);
});

test('what is cleared is forgotten, but not how often it was ejected', () => {
  const counters = new OutlierCounters(true);
  counters.streak = 3;
  counters.onFailed(7);
  counters.clear();
  expect([counters.streak, counters.inARow, counters.take(50, 0)]).toEqual([
    3,
    0,
    { total: 0, failed: 0, latencyMs: undefined },
  ]);
});
