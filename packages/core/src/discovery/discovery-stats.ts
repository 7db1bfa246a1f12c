// What is known of a source of endpoints at one moment.

/**
 * How a source does.
 *
 * - `pending`: it has told no good list yet.
 * - `following`: its last word was a good list.
 * - `failing`: its last word was none; the last good list is used on.
 * - `ended`: its last word was a good list, and it has said that nothing will change any more.
 */
export type DiscoveryState = 'pending' | 'following' | 'failing' | 'ended';

/** A source of endpoints at one moment. */
export interface DiscoveryStats {
  /** Its name. */
  readonly source: string;
  /** How it does. */
  readonly state: DiscoveryState;
  /** Good lists so far, those that changed nothing included. */
  readonly snapshots: number;
  /** Failures so far: no answer, a list that is wrong, an empty one. */
  readonly failures: number;
  /** Why it failed last, in one line; `undefined` while it does not. */
  readonly reason: string | undefined;
  /** What the source calls the last good list. */
  readonly revision: string | undefined;
  /** How long ago the last good list was told, in milliseconds; `undefined` before the first. */
  readonly ageMs: number | undefined;
  /** How long the source vouched for it, in milliseconds; `undefined` when it did not say. */
  readonly ttlMs: number | undefined;
}
