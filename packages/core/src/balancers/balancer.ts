// The interface of balancers: they pick, and know nothing of health, limits or sockets.
import type { EndpointSet } from '../endpoint/endpoint-set.ts';
import type { Endpoint } from '../endpoint/endpoint.ts';

/** What a piece of work tells the balancer. */
export interface PickHint {
  /** What hashing balancers hash: a client address, a session, a cache key. */
  readonly key?: string | undefined;
  /** Whether an endpoint may be picked: it is available, and has not failed this request. May be asked often. */
  readonly accept: (endpoint: Endpoint) => boolean;
}

/**
 * Picks endpoints. Pass one of your own as `balancer` to an upstream.
 *
 * It may be given different sets in turn: the primary and the backup endpoints of one upstream, or those of several. So what it derives from
 * a set, it keeps by set; the same object means the same endpoints. The hint is good for the length of the call only.
 */
export interface Balancer {
  /** Its textbook name. */
  readonly name: string;
  /** Whether it places work by its key. Then a key stays in its tier, too, while the tier's share allows it. @defaultValue false */
  readonly placesByKey?: boolean;
  /**
   * The endpoint for one piece of work: one that `hint.accept` takes and whose weight is not 0. Must not allocate.
   *
   * Shares are by `endpoint.currentWeight`, which may change between two picks; what is derived from a set goes by `weight`.
   *
   * @returns `undefined` when there is none; when there is one, it finds one
   */
  pick(set: EndpointSet, hint: PickHint): Endpoint | undefined;
  /**
   * Hears how work ended that had been picked for. A balancer that has it costs each piece of work two looks at the clock.
   *
   * @param latencyMs - From the request to the head of its response, or to the connection, in milliseconds; 0 when nothing came.
   * @param failed - Whether it was a failure, which may have been a fast one.
   */
  observe?(endpoint: Endpoint, latencyMs: number, failed: boolean): void;
}

/** Whether an endpoint may be picked. */
export function isEligible(endpoint: Endpoint, hint: PickHint): boolean {
  return endpoint.weight > 0 && hint.accept(endpoint);
}
