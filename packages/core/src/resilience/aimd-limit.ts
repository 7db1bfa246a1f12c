// Additive increase, multiplicative decrease: TCP's congestion avoidance (RFC 5681 section 3.1), with work instead of segments. As in Netflix's
// concurrency-limits, slow work is taken for a loss.
import type { Clock } from '../clock.ts';
import type { ConcurrencyLimit, LimitBounds } from './concurrency-limit.ts';

/** What it can be told. */
export interface AimdSettings extends LimitBounds {
  readonly slowMs: number;
  readonly backoffRatio: number;
}

/** A limit that grows by one each round trip, and shrinks by a share when work fails or takes too long. */
export class AimdLimit implements ConcurrencyLimit {
  readonly #settings: AimdSettings;
  readonly #clock: Clock;
  #limit: number;
  #cutAtMs = -Infinity;
  #cutFor: string | undefined;

  constructor(settings: AimdSettings, clock: Clock) {
    this.#settings = settings;
    this.#clock = clock;
    this.#limit = settings.initialInFlight;
  }

  get limit(): number {
    return Math.floor(this.#limit);
  }

  onSample(rttMs: number, inFlight: number, dropped: boolean): void {
    const { backoffRatio, maxInFlight, minInFlight, slowMs } = this.#settings;
    if (dropped || rttMs >= slowMs) {
      const nowMs = this.#clock.now();
      // One cut for each round trip: what began before the last one says nothing about the limit since (RFC 6582 section 3.2).
      if (nowMs - rttMs < this.#cutAtMs) return;
      this.#limit = Math.max(minInFlight, this.#limit * backoffRatio);
      this.#cutAtMs = nowMs;
      this.#cutFor = dropped ? 'a failure' : `a latency of ${rttMs.toFixed(0)} ms`;
    } else if (inFlight * 2 >= this.#limit) {
      // A limit that is not made use of proves nothing (RFC 7661).
      this.#limit = Math.min(maxInFlight, this.#limit + 1 / this.#limit);
    }
  }

  explain(): string {
    return `limit ${this.limit} by aimd: ${this.#cutFor === undefined ? 'not lowered yet' : `lowered last for ${this.#cutFor}`}`;
  }
}
