// Waits that have an end.
import type { Clock } from '@sluice/core';

/** Waits for a promise, or until the time is over. */
export function within(ms: number, promise: Promise<void>, clock: Clock): Promise<void> {
  return new Promise((resolve) => {
    const timer = clock.setTimer(resolve, ms);
    void promise.then(() => {
      timer.cancel();
      resolve();
    });
  });
}
