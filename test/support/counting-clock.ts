// The system's clock, which also knows which of its timers are still set: those of the library do not keep a process alive, so nothing else shows them.

import { systemClock, type Clock } from '@sluice/core';

export interface CountingClock extends Clock {
  /** How many timers are set: neither fired nor cancelled. */
  readonly pendingTimers: number;
}

export function createCountingClock(): CountingClock {
  const pending = new Set<symbol>();
  return {
    ...systemClock,
    get pendingTimers() {
      return pending.size;
    },
    setTimer(callback, delayMs) {
      if (delayMs === Infinity) return systemClock.setTimer(callback, delayMs);
      const id = Symbol('timer');
      let isCancelled = false;
      const timer = systemClock.setTimer(() => {
        pending.delete(id);
        callback();
      }, delayMs);
      pending.add(id);
      return {
        refresh() {
          if (!isCancelled) pending.add(id);
          timer.refresh();
        },
        cancel() {
          isCancelled = true;
          pending.delete(id);
          timer.cancel();
        },
      };
    },
  };
}
