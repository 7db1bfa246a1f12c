// Latencies of one endpoint in one interval, as counts in buckets that grow: constant memory, a few nanoseconds each, quantiles within a fifth.

/** Four buckets for each doubling, up to a quarter of an hour. */
const bucketsPerDoubling = 4;
const bucketCount = 80;

/** Counts latencies. */
export class LatencyHistogram {
  /** How many were counted. */
  total = 0;
  readonly #counts = new Uint32Array(bucketCount);

  /** Counts one. */
  add(latencyMs: number): void {
    const bucket = Math.floor(Math.log2(1 + Math.max(0, latencyMs)) * bucketsPerDoubling);
    const index = Math.min(bucket, bucketCount - 1);
    this.#counts[index] = (this.#counts[index] ?? 0) + 1;
    this.total++;
  }

  /** The latency that `percent` of them did not exceed, in milliseconds, rounded up to the end of its bucket; 0 without any. */
  percentile(percent: number): number {
    const wanted = Math.max(1, Math.ceil((this.total * percent) / 100));
    let seen = 0;
    for (let bucket = 0; bucket < bucketCount; bucket++) {
      seen += this.#counts[bucket] ?? 0;
      if (seen >= wanted) return 2 ** ((bucket + 1) / bucketsPerDoubling) - 1;
    }
    return 0;
  }

  /** Forgets all of them. */
  clear(): void {
    this.total = 0;
    this.#counts.fill(0);
  }
}
