// The latency that a given share of answers does not exceed, in bounded memory: a histogram whose buckets grow by a tenth, so that the answer is right
// to a tenth whatever its size (the idea of DDSketch: Masson, Rim and Lee, VLDB 2019). It forgets: only this period and the one before it count.
import type { Clock } from '@sluice/core';

const growth = 1.1;
const logOfGrowth = Math.log(growth);
/** The upper end of the first bucket, in milliseconds. */
const leastMs = 0.1;
/** Up to more than half an hour. */
const bucketCount = 180;

/** Estimates one quantile of a stream of latencies. */
export class LatencyQuantile {
  readonly #share: number;
  readonly #clock: Clock;
  readonly #periodMs: number;
  #current = new Uint32Array(bucketCount);
  #before = new Uint32Array(bucketCount);
  #currentCount = 0;
  #beforeCount = 0;
  #period: number;
  #valueMs = 0;
  /** How many may still come before the value is worked out again. */
  #freshFor = 0;

  /** @param share - From 0 to 1. */
  constructor(share: number, clock: Clock, periodMs = 30_000) {
    this.#share = share;
    this.#clock = clock;
    this.#periodMs = periodMs;
    this.#period = this.#periodNow();
  }

  /** How many answers the estimate is made of. */
  get count(): number {
    this.#turn();
    return this.#currentCount + this.#beforeCount;
  }

  /** An answer came. */
  note(latencyMs: number): void {
    this.#turn();
    this.#current[bucketOf(latencyMs)]!++;
    this.#currentCount++;
    this.#freshFor--;
  }

  /** The estimate, in milliseconds; never below the true value by more than rounding. 0 when nothing is known. */
  valueMs(): number {
    const { count } = this;
    if (this.#freshFor > 0) return this.#valueMs;
    // A sixteenth more answers do not move it far.
    this.#freshFor = count >> 4;
    const rank = Math.max(1, Math.ceil(this.#share * count));
    let seen = 0;
    let bucket = 0;
    for (; bucket < bucketCount - 1; bucket++) {
      seen += this.#current[bucket]! + this.#before[bucket]!;
      if (seen >= rank) break;
    }
    return (this.#valueMs = count === 0 ? 0 : leastMs * growth ** bucket);
  }

  #periodNow(): number {
    return Math.floor(this.#clock.now() / this.#periodMs);
  }

  /** Forgets what is two periods old. */
  #turn(): void {
    const period = this.#periodNow();
    const passed = period - this.#period;
    if (passed <= 0) return;
    this.#period = period;
    [this.#before, this.#current] = [this.#current, this.#before];
    this.#beforeCount = this.#currentCount;
    this.#current.fill(0);
    this.#currentCount = 0;
    this.#freshFor = 0;
    if (passed === 1) return;
    this.#before.fill(0);
    this.#beforeCount = 0;
  }
}

function bucketOf(latencyMs: number): number {
  if (!(latencyMs > leastMs)) return 0;
  return Math.min(bucketCount - 1, Math.ceil(Math.log(latencyMs / leastMs) / logOfGrowth));
}
