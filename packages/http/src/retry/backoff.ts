// How long to wait before a repetition: full jitter, so that clients that failed together do not come back together
// (Brooker, Exponential Backoff And Jitter, AWS 2015).
import type { OptionsReader, Random } from '@sluice/core';

/** How long a repetition waits. */
export interface BackoffOptions {
  /** The most that the first repetition waits, in milliseconds; each further one up to twice as long. @defaultValue 25 */
  readonly baseMs?: number;
  /** The most that any repetition waits. @defaultValue 250 */
  readonly maxMs?: number;
}

/** `BackoffOptions`, complete. */
export interface ResolvedBackoff {
  readonly baseMs: number;
  readonly maxMs: number;
}

/** Reads the options; `false` is no wait. */
export function readBackoff(reader: OptionsReader, key: string): ResolvedBackoff {
  if (reader.raw(key) === false) return { baseMs: 0, maxMs: 0 };
  return reader.nested(key, (backoff) => ({
    baseMs: backoff.number('baseMs', { default: 25, min: 0 }),
    maxMs: backoff.number('maxMs', { default: 250, min: 0 }),
  }));
}

/** The wait before a repetition, in milliseconds. @param repetition - 1 for the first one. */
export function backoffMs({ baseMs, maxMs }: ResolvedBackoff, repetition: number, random: Random): number {
  return random() * Math.min(maxMs, baseMs * 2 ** (repetition - 1));
}
