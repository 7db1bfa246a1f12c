import { expect, test } from 'vitest';
import { createManualClock } from '../clock.ts';
import { Drain } from './drain.ts';

function setUp() {
  const clock = createManualClock();
  const ends: number[] = [];
  const drain = new Drain(clock, () => ends.push(clock.now()));
  return { clock, ends, drain };
}

test('ends when it is told to, with what its owner counts', async () => {
  const { clock, ends, drain } = setUp();
  drain.limit(100);
  clock.advance(30);
  drain.end();
  expect(await drain.done).toBe(1);
  clock.advance(100);
  expect([ends, clock.pendingTimers]).toEqual([[30], 0]);
});

test('another limit shortens the wait and never lengthens it', async () => {
  const { clock, ends, drain } = setUp();
  drain.limit(Infinity);
  drain.limit(100);
  drain.limit(500);
  clock.advance(20);
  drain.limit(50);
  clock.advance(100);
  await drain.done;
  expect(ends).toEqual([70]);
});
