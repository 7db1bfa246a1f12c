// The gradient of latencies: as long as work takes hardly longer than it does at the least, there is room for more; when it takes longer, it is
// waiting in a queue. As in Envoy's adaptive concurrency filter, whose defaults these are, and Netflix's concurrency-limits (Gradient2).
//
//   gradient = least latency * (1 + tolerance) / median latency, within 0.5 and 2
//   limit = limit * gradient + sqrt(limit * gradient)
//
// The least latency is measured from time to time, with next to nothing in flight: when it has become another, or the limit is as low as can be.
import type { Clock } from '../clock.ts';
import type { Random } from '../random.ts';
import type { ConcurrencyLimit, LimitBounds } from './concurrency-limit.ts';

/** What it can be told. */
export interface GradientSettings extends LimitBounds {
  readonly tolerancePercent: number;
  readonly sampleWindowMs: number;
  readonly minRttIntervalMs: number;
  readonly minRttJitterPercent: number;
  readonly minRttSamples: number;
}

/** As many latencies of a window are looked at, the latest. */
const samplesKept = 128;
/** With fewer, a window goes on. */
const leastSamples = 10;
/** So many windows with the limit as low as can be call for a measurement. */
const windowsAtLeast = 5;

/** A limit that follows latencies. It begins with a measurement. */
export class GradientLimit implements ConcurrencyLimit {
  readonly #settings: GradientSettings;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #rttsMs: Float64Array;
  #limit: number;
  #minRttMs = 0;
  #medianMs = 0;
  #isMeasuring = true;
  #samples = 0;
  #mostInFlight = 0;
  #windowEndMs = 0;
  #measureAtMs = 0;
  #windowsAtLeast = 0;

  constructor(settings: GradientSettings, clock: Clock, random: Random) {
    this.#settings = settings;
    this.#clock = clock;
    this.#random = random;
    this.#limit = settings.initialInFlight;
    this.#rttsMs = new Float64Array(Math.max(samplesKept, settings.minRttSamples));
  }

  get limit(): number {
    return this.#isMeasuring ? this.#settings.minInFlight : Math.floor(this.#limit);
  }

  onSample(rttMs: number, inFlight: number, dropped: boolean): void {
    if (this.#isMeasuring) {
      // What began with more in flight has waited for it; what failed has not done the work.
      if (dropped || inFlight > this.#settings.minInFlight) return;
      this.#note(rttMs);
      if (this.#samples >= this.#settings.minRttSamples) this.#endMeasurement();
      return;
    }
    // What failed would have taken for ever.
    this.#note(dropped ? Infinity : rttMs);
    if (inFlight > this.#mostInFlight) this.#mostInFlight = inFlight;
    const nowMs = this.#clock.now();
    if (nowMs < this.#windowEndMs || this.#samples < leastSamples) return;
    this.#adjust();
    this.#beginWindow();
    if (nowMs >= this.#measureAtMs || this.#windowsAtLeast >= windowsAtLeast) this.#isMeasuring = true;
  }

  explain(): string {
    const { minRttSamples } = this.#settings;
    const what = this.#isMeasuring
      ? `measuring the least latency, ${this.#samples} of ${minRttSamples} samples`
      : `latency ${this.#medianMs.toFixed(1)} ms where ${this.#minRttMs.toFixed(1)} ms is the least`;
    return `limit ${this.limit} by gradient: ${what}`;
  }

  #note(rttMs: number): void {
    this.#rttsMs[this.#samples % this.#rttsMs.length] = rttMs;
    this.#samples++;
  }

  #adjust(): void {
    const { maxInFlight, minInFlight, tolerancePercent } = this.#settings;
    this.#medianMs = this.#median();
    const wished = (this.#minRttMs * (1 + tolerancePercent / 100)) / Math.max(this.#medianMs, Number.MIN_VALUE);
    const scaled = this.#limit * Math.min(2, Math.max(0.5, wished));
    const next = scaled + Math.sqrt(scaled);
    // A limit that is not made use of proves nothing: it may sink, not rise.
    if (next < this.#limit || this.#mostInFlight * 2 >= this.#limit) {
      this.#limit = Math.min(maxInFlight, Math.max(minInFlight, next));
    }
    this.#windowsAtLeast = this.limit <= minInFlight ? this.#windowsAtLeast + 1 : 0;
  }

  #endMeasurement(): void {
    const { minRttIntervalMs, minRttJitterPercent } = this.#settings;
    this.#minRttMs = this.#median();
    this.#isMeasuring = false;
    this.#windowsAtLeast = 0;
    // Proxies must not all measure at once.
    const jitter = 1 + (minRttJitterPercent / 100) * this.#random();
    this.#measureAtMs = this.#clock.now() + minRttIntervalMs * jitter;
    this.#beginWindow();
  }

  #beginWindow(): void {
    this.#samples = 0;
    this.#mostInFlight = 0;
    this.#windowEndMs = this.#clock.now() + this.#settings.sampleWindowMs;
  }

  #median(): number {
    const rttsMs = this.#rttsMs.subarray(0, Math.min(this.#samples, this.#rttsMs.length)).toSorted();
    return rttsMs[rttsMs.length >> 1] ?? 0;
  }
}
