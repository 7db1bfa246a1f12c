// The interface of balancers: they pick, and know nothing of health, limits or sockets.
import type { EndpointSet } from '../endpoint/endpoint-set.ts';
import type { Endpoint } from '../endpoint/endpoint.ts';

/** What a request tells the balancer. */
export interface PickHint {
  /** What hash balancers place the request by. */
  readonly key?: string | undefined;
  /** Vetoes at pick time: `false` for endpoints that are unavailable, or have failed this request. */
  readonly accept: (endpoint: Endpoint) => boolean;
}

/**
 * Picks an endpoint from a set.
 *
 * `pick` must not allocate, and must not return an endpoint of weight 0 or one that `hint.accept` refuses. It may be given different sets in
 * turn (the primary and the backup endpoints of one upstream), so what it derives from a set is kept by set.
 */
export interface Balancer {
  readonly name: string;
  /** @returns `undefined` when no endpoint is acceptable */
  pick(set: EndpointSet, hint: PickHint): Endpoint | undefined;
}

/** Whether an endpoint may be picked. */
export function isEligible(endpoint: Endpoint, hint: PickHint): boolean {
  return endpoint.weight > 0 && hint.accept(endpoint);
}
