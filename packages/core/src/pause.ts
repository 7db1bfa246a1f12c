// A wait that ends with the work it belongs to.
import { onCancel, type Cancellation } from './abort-scope.ts';
import type { Clock } from './clock.ts';

/** Resolves after `delayMs`. @throws the reason of the cancellation, when that comes first */
export function pause(delayMs: number, clock: Clock, cancellation: Cancellation): Promise<void> {
  return new Promise((resolve, reject) => {
    let forget = (): void => {};
    const timer = clock.setTimer(() => {
      forget();
      resolve();
    }, delayMs);
    forget = onCancel(cancellation, (reason) => {
      timer.cancel();
      reject(reason);
    });
  });
}
