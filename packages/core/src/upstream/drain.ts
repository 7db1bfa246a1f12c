// The wait for the open leases of one endpoint. What keeps new ones away is LiveEndpoint.isInService.
import type { Clock, Timer } from '../clock.ts';

/** One wait, shared by all who drain the same endpoint. */
export class Drain {
  /** Resolves with what `onEnd` returned. */
  readonly done: Promise<number>;
  readonly #clock: Clock;
  readonly #onEnd: () => number;
  #deadlineMs = Infinity;
  #timer: Timer | undefined;
  #resolve: (openLeases: number) => void = () => {};

  /** @param onEnd - Called once, when the wait ends. */
  constructor(clock: Clock, onEnd: () => number) {
    this.#clock = clock;
    this.#onEnd = onEnd;
    this.done = new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }

  /** Ends the wait after `graceMs`, unless it ends earlier anyway. */
  limit(graceMs: number): void {
    const deadlineMs = this.#clock.now() + graceMs;
    if (deadlineMs >= this.#deadlineMs) return;
    this.#deadlineMs = deadlineMs;
    this.#timer?.cancel();
    this.#timer = this.#clock.setTimer(() => this.end(), graceMs);
  }

  /** Ends the wait now. To be called once. */
  end(): void {
    this.#timer?.cancel();
    this.#resolve(this.#onEnd());
  }
}
