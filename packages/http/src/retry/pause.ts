// A wait that ends with its exchange.
import { onCancel, type Cancellation, type Clock } from '@sluice/core';

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
