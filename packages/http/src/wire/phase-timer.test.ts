import { createManualClock } from '@sluice/core';
import { expect, test } from 'vitest';
import { PhaseTimer } from './phase-timer.ts';

function setUp(): { clock: ReturnType<typeof createManualClock>; timer: PhaseTimer; fired: () => number } {
  const clock = createManualClock();
  let count = 0;
  const timer = new PhaseTimer(clock, () => void count++);
  return { clock, timer, fired: () => count };
}

test('fires once, after the delay of the last phase', () => {
  const { clock, timer, fired } = setUp();
  timer.arm(100);
  clock.advance(60);
  timer.arm(100);
  clock.advance(60);
  expect(fired()).toBe(0);
  clock.advance(40);
  expect(fired()).toBe(1);
  clock.advance(1_000);
  expect(fired()).toBe(1);
});

test('goes from one delay to another, and can be armed again after it fired', () => {
  const { clock, timer, fired } = setUp();
  timer.arm(100);
  timer.arm(10);
  clock.advance(10);
  timer.arm(10);
  clock.advance(10);
  timer.arm(100);
  clock.advance(99);
  expect(fired()).toBe(2);
  expect(clock.pendingTimers).toBe(1);
  clock.advance(1);
  expect(fired()).toBe(3);
});

test('sets the timer underneath once, however often phases of one length begin', () => {
  const { clock, timer, fired } = setUp();
  let set = 0;
  const counting = new PhaseTimer(
    {
      ...clock,
      setTimer: (callback, delayMs) => {
        set++;
        return clock.setTimer(callback, delayMs);
      },
    },
    () => {},
  );
  for (let step = 0; step < 99; step++) {
    counting.arm(100);
    timer.arm(100);
    clock.advance(1);
  }
  expect(set).toBe(1);
  // It fires early, and waits for what is left of the last phase.
  clock.advance(98);
  expect([set, fired()]).toEqual([2, 0]);
  clock.advance(1);
  expect(fired()).toBe(1);
});

test('never fires for Infinity, nor when the phase has ended', () => {
  const { clock, timer, fired } = setUp();
  timer.arm(100);
  timer.arm(Infinity);
  clock.advance(1_000);
  timer.arm(100);
  timer.disarm();
  clock.advance(1_000);
  expect(fired()).toBe(0);
});

test('leaves no timer when it is closed, and sets none afterwards', () => {
  const { clock, timer, fired } = setUp();
  timer.arm(100);
  timer.close();
  expect(clock.pendingTimers).toBe(0);
  timer.arm(100);
  expect(clock.pendingTimers).toBe(0);
  clock.advance(1_000);
  expect(fired()).toBe(0);
});
