// The retry budget: retries are a share of the traffic, so that an outage does not multiply the load on what is left (Finagle's RetryBudget).
import type { Clock, OptionsReader } from '@sluice/core';

/** How much may be repeated. */
export interface RetryBudgetOptions {
  /** Repetitions for each request, hedges included, over the last 10 s. @defaultValue 0.2 */
  readonly ratio?: number;
  /** Repetitions per second that are allowed beyond that, for when there is little traffic. @defaultValue 10 */
  readonly minPerSecond?: number;
}

/** `RetryBudgetOptions`, complete. */
export interface ResolvedRetryBudget {
  readonly ratio: number;
  readonly minPerSecond: number;
}

const windowSeconds = 10;

/** Reads the options; `false` is no limit. */
export function readRetryBudget(reader: OptionsReader, key: string): ResolvedRetryBudget {
  if (reader.raw(key) === false) return { ratio: Infinity, minPerSecond: Infinity };
  return reader.nested(key, (budget) => ({
    ratio: budget.number('ratio', { default: 0.2, min: 0, infinity: true }),
    minPerSecond: budget.number('minPerSecond', { default: 10, min: 0, infinity: true }),
  }));
}

/** Counts requests and repetitions in ten slots of a second each. */
export class RetryBudget {
  readonly #options: ResolvedRetryBudget;
  readonly #clock: Clock;
  readonly #requests = new Float64Array(windowSeconds);
  readonly #repetitions = new Float64Array(windowSeconds);
  #second = 0;
  /** Counters since the start. */
  requests = 0;
  granted = 0;
  refused = 0;

  constructor(options: ResolvedRetryBudget, clock: Clock) {
    this.#options = options;
    this.#clock = clock;
  }

  /** A request has come. @param nowMs - Of the clock, if that is known. */
  noteRequest(nowMs: number = this.#clock.now()): void {
    this.#advance(nowMs);
    this.#requests[this.#second % windowSeconds]!++;
    this.requests++;
  }

  /** Takes one repetition out of the budget. @returns whether it was in there */
  spend(): boolean {
    const isGranted = this.#take();
    if (isGranted) this.granted++;
    else this.refused++;
    return isGranted;
  }

  #take(): boolean {
    const { ratio, minPerSecond } = this.#options;
    if (ratio === Infinity || minPerSecond === Infinity) return true;
    this.#advance(this.#clock.now());
    if (sum(this.#repetitions) + 1 > ratio * sum(this.#requests) + minPerSecond * windowSeconds) return false;
    this.#repetitions[this.#second % windowSeconds]!++;
    return true;
  }

  /** Empties the slots of the seconds that have begun since. */
  #advance(nowMs: number): void {
    const second = Math.floor(nowMs / 1000);
    if (second <= this.#second) return;
    const stale = Math.min(second - this.#second, windowSeconds);
    for (let step = 0; step < stale; step++) {
      this.#requests[(second - step) % windowSeconds] = 0;
      this.#repetitions[(second - step) % windowSeconds] = 0;
    }
    this.#second = second;
  }
}

function sum(slots: Float64Array): number {
  let total = 0;
  for (const slot of slots) total += slot;
  return total;
}
