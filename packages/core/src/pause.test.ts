import { expect, test } from 'vitest';
import { createAbortScope } from './abort-scope.ts';
import { createManualClock } from './clock.ts';
import { pause } from './pause.ts';

test('is over in time', async () => {
  const clock = createManualClock();
  const paused = pause(100, clock, createAbortScope());
  clock.advance(100);
  await expect(paused).resolves.toBeUndefined();
});

test('ends with its work, and leaves no timer', async () => {
  const clock = createManualClock();
  const scope = createAbortScope();
  const paused = pause(100, clock, scope);
  scope.abort(new Error('gone'));
  await expect(paused).rejects.toThrow('gone');
  expect(clock.pendingTimers).toBe(0);
});
