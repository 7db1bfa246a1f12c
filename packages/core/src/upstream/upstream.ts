// The one seam between deciding and doing: a named group of equal endpoints plus its policy, as its users see it.
// What stands behind it is create-upstream.ts.
import type { Cancellation } from '../abort-scope.ts';
import type { EndpointSource } from '../discovery/endpoint-source.ts';
import type { EndpointSet } from '../endpoint/endpoint-set.ts';
import type { EndpointOptions } from '../endpoint/endpoint.ts';
import type { Events } from '../events.ts';
import type { WeightWishOptions } from '../health/weight-wish.ts';
import type { AcquireHint } from './endpoint-selection.ts';
import type { Lease } from './lease.ts';
import type { UpstreamChange, UpstreamEvents } from './upstream-events.ts';
import type { UpstreamStats } from './upstream-stats.ts';

/** A named group of equal endpoints plus its policy: balancing, health, limits. */
export interface Upstream {
  /** Its name, for messages and statistics. */
  readonly name: string;
  /** The endpoints of the current generation, backups included. */
  readonly endpointSet: EndpointSet;
  /**
   * Lends an endpoint: at once and without a promise when one is free, else when the queue's turn comes.
   *
   * There is a wait only when everything acceptable is full. Those who wait are served in order, each with the first endpoint that it
   * accepts. Before a source has told its first list, there is a wait for that too. What is known at once is thrown at once; only a wait ends in a rejection.
   *
   * @throws ProxyError `SLUICE_NO_ENDPOINT` when there is none to wait for, `SLUICE_CIRCUIT_OPEN`, `SLUICE_QUEUE_FULL`,
   * `SLUICE_QUEUE_TIMEOUT`, `SLUICE_SHUTTING_DOWN`; the cancellation's reason when it was cancelled.
   */
  acquire(hint?: AcquireHint, cancellation?: Cancellation): Lease | Promise<Lease>;
  /**
   * Replaces the endpoints. Those with a known id keep their counters and drains, and their health unless the address is another; new
   * options apply at once. Leases on endpoints that are gone run to their end. A list that changes nothing makes no new generation.
   *
   * @throws OptionsError (`SLUICE_OPTIONS_INVALID`) when the list is wrong; nothing changes then.
   */
  update(endpoints: readonly (string | EndpointOptions)[]): UpstreamChange;
  /**
   * Takes its endpoints from a source from now on, instead of the source before; `endpoints` of the options may be one too.
   *
   * Each good list is an `update`. A source that fails, and a list that is wrong or empty, change nothing: the last good list is used on, and the
   * source is asked again. What `update` is told meanwhile holds until the next list.
   *
   * @returns a function that ends the source and leaves the endpoints as they are
   * @throws ProxyError `SLUICE_SHUTTING_DOWN` when the upstream is closed
   */
  follow(source: EndpointSource): () => void;
  /**
   * Resolves when the source has told its first good list; at once without a source.
   *
   * @throws ProxyError `SLUICE_SHUTTING_DOWN` when the upstream is closed before; the cancellation's reason when it was cancelled.
   */
  ready(cancellation?: Cancellation): Promise<void>;
  /**
   * Takes an endpoint out of rotation without cutting the work it has.
   *
   * New leases go elsewhere at once; the open ones are waited for, until `graceMs` have passed. Calling it again shortens the wait and
   * never lengthens it. The endpoint stays out of rotation, also when an update lists it again, until `resume`.
   *
   * @returns how many leases were still open when the wait ended. `0` is a clean drain.
   * @throws OptionsError (`SLUICE_OPTIONS_INVALID`) when there is no such endpoint.
   */
  drain(endpointId: string, graceMs: number): Promise<number>;
  /**
   * Puts a draining endpoint back into rotation; a drain that still waits ends.
   *
   * @returns whether there was anything to put back
   */
  resume(endpointId: string): boolean;
  /**
   * Lowers what an endpoint gets for a while, because it has asked for it; its next wish replaces this one.
   *
   * The endpoint's share follows at once, without another generation: hashing balancers keep their tables, and give away the same keys for
   * the same share. With 0 it drains, and comes back by itself. Wishes of its probes count beside this one; the least is what it gets.
   *
   * @returns whether there is such an endpoint
   * @throws OptionsError (`SLUICE_OPTIONS_INVALID`) when the wish is wrong.
   */
  reweigh(endpointId: string, wish: WeightWishOptions): boolean;
  /** Lends nothing more, ends its source, sends away those who wait, and resolves when every lease has been released. Idempotent. */
  close(): Promise<void>;
  /** Counters at this moment. */
  stats(): UpstreamStats;
  /** Listens to an event; a listener that throws disturbs nobody. */
  readonly on: Events<UpstreamEvents>['on'];
  /** Takes a listener off. */
  readonly off: Events<UpstreamEvents>['off'];
}

/** Whether a value is an upstream rather than the options to make one. */
export function isUpstream(value: unknown): value is Upstream {
  const upstream = value as Partial<Upstream> | null | undefined;
  return typeof upstream?.acquire === 'function' && typeof upstream.stats === 'function';
}
