// When the failed attempts of some exchanges are repeated, as a value: what a route sets. How it decides is retry-judge.ts.

/** What became of the wish to repeat, since the policy was made. */
export interface RetryStats {
  /** Exchanges that went by the policy. */
  readonly requests: number;
  /** Attempts besides the first that the budget allowed, hedges included. */
  readonly granted: number;
  /** Those that it did not allow. */
  readonly refused: number;
  /** Attempts that were started while another ran. */
  readonly hedges: number;
  /** Those of them that answered first. */
  readonly hedgesWon: number;
}

/** When failed attempts are repeated. Made by `createRetryPolicy`, for `exchange.retry`. */
export interface RetryPolicy {
  /** The most tries of one exchange, the first included. */
  readonly maxAttempts: number;
  /** Counters at this moment. */
  stats(): RetryStats;
}
