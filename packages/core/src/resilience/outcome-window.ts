// How work went in the last span of time: totals in a ring of buckets. Constant memory however much there is; forgets a tenth at a time.
// Whether the last few failures came close together is another question, with exact times: ../health/failure-window.ts.

const bucketCount = 10;
/** What a bucket counts: all, failed, slow. */
const countersPerBucket = 3;

/** Counts outcomes of the last `windowMs`, as of the last call. */
export class OutcomeWindow {
  /** How many there were. */
  total = 0;
  /** How many of them failed. */
  failed = 0;
  /** How many of them were slow. */
  slow = 0;
  readonly #bucketMs: number;
  readonly #counts = new Uint32Array(bucketCount * countersPerBucket);
  /** The present bucket, counted from the beginning of time. */
  #bucket = 0;

  constructor(windowMs: number) {
    this.#bucketMs = windowMs / bucketCount;
  }

  /** Counts one. */
  add(nowMs: number, isFailed: boolean, isSlow: boolean): void {
    this.advance(nowMs);
    const at = (this.#bucket % bucketCount) * countersPerBucket;
    this.#count(at);
    this.total++;
    if (isFailed) {
      this.#count(at + 1);
      this.failed++;
    }
    if (isSlow) {
      this.#count(at + 2);
      this.slow++;
    }
  }

  /** Forgets what is too old by now. */
  advance(nowMs: number): void {
    const bucket = Math.floor(nowMs / this.#bucketMs);
    if (bucket <= this.#bucket) return;
    for (let old = Math.max(this.#bucket, bucket - bucketCount) + 1; old <= bucket; old++) {
      const at = (old % bucketCount) * countersPerBucket;
      this.total -= this.#take(at);
      this.failed -= this.#take(at + 1);
      this.slow -= this.#take(at + 2);
    }
    this.#bucket = bucket;
  }

  /** Forgets everything. */
  clear(): void {
    this.total = 0;
    this.failed = 0;
    this.slow = 0;
    this.#counts.fill(0);
  }

  #count(at: number): void {
    this.#counts[at] = (this.#counts[at] ?? 0) + 1;
  }

  #take(at: number): number {
    const count = this.#counts[at] ?? 0;
    this.#counts[at] = 0;
    return count;
  }
}
