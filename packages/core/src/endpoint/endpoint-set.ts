// An immutable list of endpoints, which balancers may precompute on. A change of an upstream makes a new one.
import type { Endpoint } from './endpoint.ts';

/**
 * A snapshot of an upstream's endpoints, or of one tier of them. The same object means the same endpoints with the same weights; which of
 * them are available is not part of it.
 */
export interface EndpointSet<Member extends Endpoint = Endpoint> {
  /** Counts the changes of the upstream, 1 at first. The sets of its tiers have the same number. */
  readonly generation: number;
  /** In the order of the options. */
  readonly endpoints: readonly Member[];
  /** The sum of their weights. */
  readonly totalWeight: number;
}

/** Makes a snapshot. */
export function createEndpointSet<Member extends Endpoint>(
  generation: number,
  endpoints: readonly Member[],
): EndpointSet<Member> {
  const totalWeight = endpoints.reduce((sum, endpoint) => sum + endpoint.weight, 0);
  return Object.freeze({ generation, endpoints: Object.freeze([...endpoints]), totalWeight });
}
