import { createManualClock } from '@sluice/core';
import { expect, test } from 'vitest';
import { Sweep } from './sweep.ts';

test('looks at every tick while anything is open, and needs no timer otherwise', () => {
  const clock = createManualClock(1_000);
  const looks: number[] = [];
  let isOpen = true;
  const sweep = new Sweep(clock, 100, (nowMs) => {
    looks.push(nowMs);
    return isOpen;
  });
  expect(clock.pendingTimers).toBe(0);
  sweep.start();
  sweep.start();
  expect(clock.pendingTimers).toBe(1);
  clock.advance(250);
  isOpen = false;
  clock.advance(50);
  expect(looks).toEqual([1_100, 1_200, 1_300]);
  expect(clock.pendingTimers).toBe(0);
  isOpen = true;
  clock.advance(1_000);
  sweep.start();
  clock.advance(100);
  expect(looks.at(-1)).toBe(2_400);
  sweep.stop();
  sweep.start();
  expect(clock.pendingTimers).toBe(0);
});

test('its time is never behind, and at most a tick ahead', () => {
  const clock = createManualClock();
  const sweep = new Sweep(clock, 100, () => true);
  clock.advance(5_000);
  sweep.start();
  for (let step = 0; step < 50; step++) {
    clock.advance(7);
    expect(sweep.nowMs()).toBeGreaterThanOrEqual(clock.now());
    expect(sweep.nowMs()).toBeLessThanOrEqual(clock.now() + 100);
  }
  sweep.stop();
});
