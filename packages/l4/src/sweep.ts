// One timer for all connections of a proxy, instead of one for each: at every tick, whatever is open is looked at. The time it gives is coarse.
import type { Clock, Timer } from '@sluice/core';

/** Looks at what is open, again and again, as long as there is anything. */
export class Sweep {
  readonly #clock: Clock;
  readonly #tickMs: number;
  readonly #look: (nowMs: number) => boolean;
  #nowMs: number;
  #timer: Timer | undefined;
  #isOn = false;

  /** @param look - Looks at everything that is open; whether anything is. */
  constructor(clock: Clock, tickMs: number, look: (nowMs: number) => boolean) {
    this.#clock = clock;
    this.#tickMs = tickMs;
    this.#look = look;
    this.#nowMs = clock.now();
  }

  /** The time, and never too early: what starts between two ticks is not cut short. */
  readonly nowMs = (): number => this.#nowMs + this.#tickMs;

  /** Something has opened. */
  start(): void {
    if (this.#isOn) return;
    this.#isOn = true;
    this.#nowMs = this.#clock.now();
    if (this.#timer === undefined) this.#timer = this.#clock.setTimer(this.#onTick, this.#tickMs);
    else this.#timer.refresh();
  }

  /** Ends it for good. */
  stop(): void {
    this.#isOn = true;
    this.#timer?.cancel();
  }

  readonly #onTick = (): void => {
    this.#nowMs = this.#clock.now();
    this.#isOn = this.#look(this.#nowMs);
    if (this.#isOn) this.#timer?.refresh();
  };
}
