// How much work may be in flight at one time, as latencies and failures tell. What is done with the rest is the queue's business.

/** A limit that finds itself. */
export interface ConcurrencyLimit {
  /** The most work in flight now; a whole number of 1 or more. */
  readonly limit: number;
  /**
   * Hears how work went.
   *
   * @param rttMs - How long it took.
   * @param inFlight - How much was in flight when it began, itself included.
   * @param dropped - Whether it failed.
   */
  onSample(rttMs: number, inFlight: number, dropped: boolean): void;
  /** Why the limit is what it is, in one line for people. */
  explain(): string;
}

/** The bounds of a limit, and where it begins. */
export interface LimitBounds {
  readonly minInFlight: number;
  readonly maxInFlight: number;
  readonly initialInFlight: number;
}
