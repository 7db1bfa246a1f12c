// One timer for the phases of a connection. Setting the same delay again only refreshes it, which is what nearly every phase of nearly every
// request needs, and stopping it costs nothing.
import type { Clock, Timer } from '@sluice/core';

/** A timer that is set over and over. */
export class PhaseTimer {
  readonly #clock: Clock;
  readonly #onExpired: () => void;
  #timer: Timer | undefined;
  #delayMs = Infinity;
  #armed = false;
  #closed = false;

  constructor(clock: Clock, onExpired: () => void) {
    this.#clock = clock;
    this.#onExpired = onExpired;
  }

  /** Starts a phase that may take `delayMs` from now, in place of the phase before. */
  arm(delayMs: number): void {
    this.#armed = delayMs !== Infinity && !this.#closed;
    if (!this.#armed) return;
    if (delayMs === this.#delayMs && this.#timer !== undefined) {
      this.#timer.refresh();
      return;
    }
    this.#timer?.cancel();
    this.#delayMs = delayMs;
    this.#timer = this.#clock.setTimer(this.#onTime, delayMs);
  }

  /** Ends the phase. The timer underneath may run on; when it fires, nothing happens. */
  disarm(): void {
    this.#armed = false;
  }

  /** Stops for good. */
  close(): void {
    this.#closed = true;
    this.#armed = false;
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  readonly #onTime = (): void => {
    if (!this.#armed) return;
    this.#armed = false;
    this.#onExpired();
  };
}
