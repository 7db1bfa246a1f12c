// What a round of load is asked for, and what it tells.
import type { Scenario } from '../scenarios.ts';

/** A round of load. */
export interface LoadJob {
  readonly scenario: Scenario;
  readonly port: number;
  readonly seconds: number;
  /** For scripts. */
  readonly folder: string;
}

/** What came of it. */
export interface LoadResult {
  readonly requests: number;
  /** Requests that were not answered, or not with 200. */
  readonly failures: number;
  readonly seconds: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
}
