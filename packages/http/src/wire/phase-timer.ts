// One timer for the phases of a connection. A phase notes when it has to be over; the timer underneath is set anew only when it would fire too
// late, and one that fires early waits for the rest. So nearly every phase of nearly every request costs a look at the clock and nothing more.
import type { Clock, Timer } from '@sluice/core';

/** A timer that is set over and over. */
export class PhaseTimer {
  readonly #clock: Clock;
  readonly #onExpired: () => void;
  #timer: Timer | undefined;
  /** When the timer underneath fires; `Infinity` when it is not set. */
  #dueMs = Infinity;
  /** When the phase has to be over; `Infinity` between phases. */
  #endMs = Infinity;
  #closed = false;

  constructor(clock: Clock, onExpired: () => void) {
    this.#clock = clock;
    this.#onExpired = onExpired;
  }

  /** Starts a phase that may take `delayMs` from now, in place of the phase before. */
  arm(delayMs: number): void {
    if (this.#closed) return;
    this.#endMs = delayMs === Infinity ? Infinity : this.#clock.now() + delayMs;
    if (this.#endMs < this.#dueMs) this.#set(delayMs);
  }

  /** Ends the phase. The timer underneath may run on; when it fires, nothing happens. */
  disarm(): void {
    this.#endMs = Infinity;
  }

  /** Stops for good. */
  close(): void {
    this.#closed = true;
    this.#endMs = Infinity;
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #set(delayMs: number): void {
    this.#timer?.cancel();
    this.#dueMs = this.#clock.now() + delayMs;
    this.#timer = this.#clock.setTimer(this.#onTime, delayMs);
  }

  readonly #onTime = (): void => {
    this.#dueMs = Infinity;
    if (this.#endMs === Infinity) return;
    // Timers of the system fire up to a millisecond early.
    const restMs = this.#endMs - this.#clock.now();
    if (restMs >= 1) {
      this.#set(restMs);
      return;
    }
    this.#endMs = Infinity;
    this.#onExpired();
  };
}
