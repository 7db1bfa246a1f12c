// What tells an upstream where its endpoints are, from outside: a file, DNS, a registry. What is done with it is source-follower.ts.
import type { AbortScope } from '../abort-scope.ts';
import type { EndpointOptions } from '../endpoint/endpoint.ts';

/** All endpoints that a source knows of at one time. */
export interface EndpointSnapshot {
  /** As addresses or in full, as `createUpstream` takes them. A set: its order means nothing. */
  readonly endpoints: readonly (string | EndpointOptions)[];
  /** What the source calls this version, for statistics and events. */
  readonly revision?: string | undefined;
  /** How long the source vouches for it, in milliseconds. Shown in statistics; it is used until there is a better one. */
  readonly ttlMs?: number | undefined;
}

/** The source can not tell at the moment, and goes on by itself. */
export interface SourceFailure {
  /** Why not. */
  readonly error: unknown;
}

/**
 * Tells where endpoints are, now and whenever that changes. Pass one to `endpoints` of an upstream, or to `upstream.follow`.
 *
 * A source decides nothing: the upstream checks what it says, keeps the last good list while there is none, and asks again.
 *
 * @example
 * ```ts
 * import type { EndpointSource } from '@sluice/core';
 *
 * const source: EndpointSource = {
 *   name: 'two-steps',
 *   async *watch() {
 *     yield { endpoints: ['10.0.0.1:80'] };
 *     yield { endpoints: ['10.0.0.1:80', '10.0.0.2:80'] };
 *   },
 * };
 * ```
 */
export interface EndpointSource {
  /** What events, statistics and messages call it: `dns:api.internal`. */
  readonly name: string;
  /**
   * Yields the first snapshot as soon as there is one, then each further one; the same again means that it still holds.
   *
   * - Throwing says that this watch is over: the upstream calls `watch` again, after a wait that grows.
   * - Yielding a `SourceFailure` says that this watch goes on by itself.
   * - Returning says that nothing will change any more.
   *
   * It may be called several times, also at once; each watch stands by itself.
   *
   * @param scope - Aborted when nobody listens any more. The iteration then ends at once and leaves no socket, timer or watcher.
   */
  watch(scope: AbortScope): AsyncIterable<EndpointSnapshot | SourceFailure>;
}

/** Whether a value is a source rather than a list of endpoints. */
export function isEndpointSource(value: unknown): value is EndpointSource {
  const source = value as Partial<EndpointSource> | null | undefined;
  return typeof source?.watch === 'function' && typeof source.name === 'string';
}
