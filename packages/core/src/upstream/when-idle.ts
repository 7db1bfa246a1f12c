// Waits for a condition that releases of leases bring about.
import type { Clock } from '../clock.ts';

/** Resolves when `isIdle` holds after some release, or when `graceMs` is over. */
export function whenIdle(
  isIdle: () => boolean,
  releases: Set<() => void>,
  clock: Clock,
  graceMs: number,
): Promise<void> {
  if (isIdle()) return Promise.resolve();
  return new Promise((resolve) => {
    const finish = (): void => {
      timer.cancel();
      releases.delete(onReleased);
      resolve();
    };
    const onReleased = (): void => {
      if (isIdle()) finish();
    };
    const timer = clock.setTimer(finish, graceMs);
    releases.add(onReleased);
  });
}
