// Time, injectable. The only file of the library that asks the system what time it is.

/** A timer that was set. */
export interface Timer {
  /** Starts the same delay again, also after it fired. */
  refresh(): void;
  /** Stops it; it will not fire. Idempotent. */
  cancel(): void;
}

/** Where time comes from. */
export interface Clock {
  /** Monotonic milliseconds, with fractions, from an arbitrary start. */
  now(): number;
  /** Milliseconds since 1970. */
  wallTimeMs(): number;
  /** Calls `callback` once after `delayMs`; never for `Infinity`. */
  setTimer(callback: () => void, delayMs: number): Timer;
}

/** The most a Node timer can wait; longer waits are cut to it (24.8 days). */
const longestDelayMs = 2 ** 31 - 1;

const noTimer: Timer = Object.freeze({ refresh() {}, cancel() {} });

/** The system's time. Its timers do not keep the process alive. */
export const systemClock: Clock = Object.freeze({
  now: () => performance.now(),
  wallTimeMs: () => Date.now(),
  setTimer(callback: () => void, delayMs: number): Timer {
    if (delayMs === Infinity) return noTimer;
    const timeout = setTimeout(callback, Math.min(delayMs, longestDelayMs)).unref();
    return { refresh: () => void timeout.refresh(), cancel: () => clearTimeout(timeout) };
  },
});

/** A clock that moves only when it is told to, for tests and simulations. */
export interface ManualClock extends Clock {
  /** How many timers wait. */
  readonly pendingTimers: number;
  /** Moves time on and fires what is due, in order of time. */
  advance(ms: number): void;
}

interface Pending {
  readonly callback: () => void;
  readonly delayMs: number;
  dueMs: number;
}

/** Makes a clock that starts at `startMs` and stands still. */
export function createManualClock(startMs = 0): ManualClock {
  let nowMs = startMs;
  const pending = new Set<Pending>();
  const nextDue = (untilMs: number): Pending | undefined => {
    let next: Pending | undefined;
    for (const timer of pending)
      if (timer.dueMs <= untilMs && (next === undefined || timer.dueMs < next.dueMs)) next = timer;
    return next;
  };
  return {
    now: () => nowMs,
    wallTimeMs: () => nowMs,
    get pendingTimers() {
      return pending.size;
    },
    setTimer(callback, delayMs) {
      if (delayMs === Infinity) return noTimer;
      const timer: Pending = { callback, delayMs, dueMs: nowMs + delayMs };
      pending.add(timer);
      return {
        refresh() {
          timer.dueMs = nowMs + delayMs;
          pending.delete(timer);
          pending.add(timer);
        },
        cancel: () => void pending.delete(timer),
      };
    },
    advance(ms) {
      const untilMs = nowMs + ms;
      for (let due = nextDue(untilMs); due !== undefined; due = nextDue(untilMs)) {
        nowMs = due.dueMs;
        pending.delete(due);
        due.callback();
      }
      nowMs = untilMs;
    },
  };
}
