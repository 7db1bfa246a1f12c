import { createManualClock } from '@sluice/core';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { RetryBudget } from './retry-budget.ts';

test('repetitions are a share of the requests, and a few more', () => {
  const budget = new RetryBudget({ ratio: 0.2, minPerSecond: 1 }, createManualClock());
  for (let request = 0; request < 100; request++) budget.noteRequest();
  const granted = Array.from({ length: 50 }, () => budget.spend()).filter(Boolean).length;
  expect(granted).toBe(0.2 * 100 + 10);
});

test('what was spent, and what was earned, counts for ten seconds', () => {
  const clock = createManualClock();
  const budget = new RetryBudget({ ratio: 1, minPerSecond: 0 }, clock);
  budget.noteRequest();
  expect([budget.spend(), budget.spend()]).toEqual([true, false]);
  clock.advance(9_000);
  budget.noteRequest();
  expect([budget.spend(), budget.spend()]).toEqual([true, false]);
  clock.advance(1_500);
  // The first request and its repetition are forgotten.
  expect(budget.spend()).toBe(false);
  budget.noteRequest();
  expect(budget.spend()).toBe(true);
  clock.advance(1_000_000);
  expect(budget.spend()).toBe(false);
});

test('without a limit, everything is granted', () => {
  const budget = new RetryBudget({ ratio: Infinity, minPerSecond: Infinity }, createManualClock());
  expect(Array.from({ length: 100 }, () => budget.spend()).every(Boolean)).toBe(true);
});

test('never grants more than its share in any window', () => {
  const steps = fc.array(fc.tuple(fc.constantFrom('request', 'spend'), fc.nat(900)), { maxLength: 300 });
  fc.assert(
    fc.property(steps, (all) => {
      const clock = createManualClock();
      const budget = new RetryBudget({ ratio: 0.5, minPerSecond: 0.1 }, clock);
      const requests: number[] = [];
      const granted: number[] = [];
      const inWindow = (times: readonly number[]): number =>
        times.filter((time) => Math.floor(time / 1000) > Math.floor(clock.now() / 1000) - 10).length;
      for (const [what, ms] of all) {
        clock.advance(ms);
        if (what === 'request') {
          budget.noteRequest();
          requests.push(clock.now());
        } else if (budget.spend()) granted.push(clock.now());
        expect(inWindow(granted)).toBeLessThanOrEqual(0.5 * requests.length + 1);
      }
    }),
  );
});
