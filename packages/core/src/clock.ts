// Time, injectable. The only file of the library that asks the system what time it is.

/** A timer that was set. */
export interface Timer {
  /** Starts the same delay again, also after it fired. Does nothing once cancelled. */
  refresh(): void;
  /** Stops it for good; it will not fire. Idempotent. */
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

class SystemTimer implements Timer {
  readonly #timeout: NodeJS.Timeout;

  constructor(callback: () => void, delayMs: number) {
    this.#timeout = setTimeout(callback, Math.min(delayMs, longestDelayMs)).unref();
  }

  refresh(): void {
    this.#timeout.refresh();
  }

  cancel(): void {
    clearTimeout(this.#timeout);
  }
}

/** The system's time. Its timers do not keep the process alive. */
export const systemClock: Clock = Object.freeze({
  now: () => performance.now(),
  wallTimeMs: () => Date.now(),
  setTimer: (callback: () => void, delayMs: number): Timer =>
    delayMs === Infinity ? noTimer : new SystemTimer(callback, delayMs),
});

/** A clock that moves only when it is told to, for tests and simulations. */
export interface ManualClock extends Clock {
  /** How many timers wait. */
  readonly pendingTimers: number;
  /** Moves time on and fires what is due on the way, in order of time, those of one time in the order they were set. */
  advance(ms: number): void;
}

class ManualTimer implements Timer {
  readonly callback: () => void;
  dueMs = 0;
  readonly #pending: Set<ManualTimer>;
  readonly #start: (timer: ManualTimer) => void;
  #cancelled = false;

  constructor(callback: () => void, pending: Set<ManualTimer>, start: (timer: ManualTimer) => void) {
    this.callback = callback;
    this.#pending = pending;
    this.#start = start;
    this.refresh();
  }

  refresh(): void {
    if (this.#cancelled) return;
    this.#pending.delete(this);
    this.#start(this);
    this.#pending.add(this);
  }

  cancel(): void {
    this.#cancelled = true;
    this.#pending.delete(this);
  }
}

/** Makes a clock that starts at `startMs` and stands still. */
export function createManualClock(startMs = 0): ManualClock {
  let nowMs = startMs;
  const pending = new Set<ManualTimer>();
  const nextDue = (untilMs: number): ManualTimer | undefined => {
    let next: ManualTimer | undefined;
    for (const timer of pending) {
      if (timer.dueMs <= untilMs && (next === undefined || timer.dueMs < next.dueMs)) next = timer;
    }
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
      return new ManualTimer(callback, pending, (timer) => {
        timer.dueMs = nowMs + delayMs;
      });
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
