import { expect, test } from 'vitest';
import { FailureWindow } from './failure-window.ts';

test('the last maxFails failures are too many when they lie within the window', () => {
  const failures = new FailureWindow(3, 100);
  expect([0, 60, 120, 150].map((atMs) => failures.add(atMs))).toEqual([false, false, false, true]);
});

test('the edge of the window is within', () => {
  const failures = new FailureWindow(2, 100);
  expect([0, 101, 201].map((atMs) => failures.add(atMs))).toEqual([false, false, true]);
});

test('one failure is too many when one is allowed, and none when there is no limit', () => {
  expect(new FailureWindow(1, 100).add(0)).toBe(true);
  const without = new FailureWindow(0, 100);
  expect(Array.from({ length: 100 }, () => without.add(0))).not.toContain(true);
});

test('all failures count with an infinite window', () => {
  const failures = new FailureWindow(2, Infinity);
  expect([0, 1e9].map((atMs) => failures.add(atMs))).toEqual([false, true]);
});

test('forgets when it is cleared', () => {
  const failures = new FailureWindow(2, 100);
  failures.add(0);
  failures.clear();
  expect([failures.add(1), failures.add(2)]).toEqual([false, true]);
});
