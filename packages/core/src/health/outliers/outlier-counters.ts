// What outlier detection counts of one endpoint: a few numbers for each outcome.
import { LatencyHistogram } from './latency-histogram.ts';
import type { OutlierSample } from './outlier-sample.ts';

/** The counters of one endpoint. */
export class OutlierCounters {
  /** Failures since the last success. */
  inARow = 0;
  /** Its ejections in a row, each longer than the one before. */
  streak = 0;
  #ok = 0;
  #failed = 0;
  readonly #latencies: LatencyHistogram | undefined;

  /** @param countsLatency - Whether latencies are looked at. */
  constructor(countsLatency: boolean) {
    this.#latencies = countsLatency ? new LatencyHistogram() : undefined;
  }

  /** Notes work that was done. */
  onOk(latencyMs: number | undefined): void {
    this.inARow = 0;
    this.#ok++;
    if (latencyMs !== undefined) this.#latencies?.add(latencyMs);
  }

  /** Notes work that failed. */
  onFailed(latencyMs: number | undefined): void {
    this.inARow++;
    this.#failed++;
    if (latencyMs !== undefined) this.#latencies?.add(latencyMs);
  }

  /** What this interval came to; the next one begins. */
  take(latencyPercentile: number, minMeasured: number): OutlierSample {
    const total = this.#ok + this.#failed;
    const failed = this.#failed;
    const latencies = this.#latencies;
    const isMeasured = latencies !== undefined && latencies.total > 0 && latencies.total >= minMeasured;
    const latencyMs = isMeasured ? latencies.percentile(latencyPercentile) : undefined;
    this.#ok = 0;
    this.#failed = 0;
    latencies?.clear();
    return { total, failed, latencyMs };
  }

  /** Forgets all but the streak. */
  clear(): void {
    this.inARow = 0;
    this.#ok = 0;
    this.#failed = 0;
    this.#latencies?.clear();
  }
}
