import { expect, test } from 'vitest';
import { createManualClock, systemClock } from './clock.ts';

test('a manual clock stands still until it is advanced', () => {
  const clock = createManualClock(500);
  expect([clock.now(), clock.wallTimeMs()]).toEqual([500, 500]);
  clock.advance(2.5);
  expect([clock.now(), clock.wallTimeMs()]).toEqual([502.5, 502.5]);
});

test('fires timers in order of time, each at its time, those of one time in the order they were set', () => {
  const clock = createManualClock();
  const fired: string[] = [];
  for (const [name, delayMs] of [
    ['c', 30],
    ['a', 10],
    ['b', 10],
  ] as const) {
    clock.setTimer(() => fired.push(`${name}@${clock.now()}`), delayMs);
  }
  clock.advance(29);
  expect(fired).toEqual(['a@10', 'b@10']);
  clock.advance(1);
  expect(fired).toEqual(['a@10', 'b@10', 'c@30']);
  expect(clock.pendingTimers).toBe(0);
});

test('fires timers that are set on the way', () => {
  const clock = createManualClock();
  const fired: number[] = [];
  const again = (): void => {
    fired.push(clock.now());
    if (fired.length < 3) clock.setTimer(again, 5);
  };
  clock.setTimer(again, 5);
  clock.advance(100);
  expect(fired).toEqual([5, 10, 15]);
});

test('a cancelled timer never fires, and can not be refreshed', () => {
  const clock = createManualClock();
  let fired = 0;
  const timer = clock.setTimer(() => fired++, 10);
  timer.cancel();
  timer.cancel();
  timer.refresh();
  clock.advance(100);
  expect([fired, clock.pendingTimers]).toEqual([0, 0]);
});

test('a refreshed timer starts its delay again, also after it fired', () => {
  const clock = createManualClock();
  const fired: number[] = [];
  const timer = clock.setTimer(() => fired.push(clock.now()), 10);
  clock.advance(6);
  timer.refresh();
  clock.advance(10);
  expect(fired).toEqual([16]);
  timer.refresh();
  clock.advance(10);
  expect(fired).toEqual([16, 26]);
});

test('an infinite delay sets no timer', () => {
  const clock = createManualClock();
  const timer = clock.setTimer(() => expect.unreachable(), Infinity);
  timer.refresh();
  timer.cancel();
  expect(clock.pendingTimers).toBe(0);
  systemClock.setTimer(() => expect.unreachable(), Infinity).cancel();
});

test('the system clock fires, refreshes and cancels', async () => {
  let cancelledFired = false;
  const cancelled = systemClock.setTimer(() => (cancelledFired = true), 1);
  cancelled.cancel();
  cancelled.refresh();
  let count = 0;
  const before = systemClock.now();
  await new Promise<void>((resolve) => {
    const timer = systemClock.setTimer(() => (++count === 2 ? resolve() : timer.refresh()), 5);
    // Its timers do not keep the process alive; this one does.
    setTimeout(() => {}, 20);
  });
  expect([count, cancelledFired]).toEqual([2, false]);
  expect(systemClock.now()).toBeGreaterThan(before);
  expect(systemClock.wallTimeMs()).toBeGreaterThan(1_700_000_000_000);
});

test('the system clock cuts delays that are longer than a timer can be', () => {
  const timer = systemClock.setTimer(() => expect.unreachable(), 2 ** 40);
  timer.cancel();
  expect(systemClock.now()).toBeGreaterThan(0);
});
