// An immutable snapshot of endpoints. A change of an upstream makes a new one with the next generation number.
import type { Endpoint } from './endpoint.ts';

/** The endpoints a balancer picks from. The same object means the same endpoints with the same weights. */
export interface EndpointSet<Member extends Endpoint = Endpoint> {
  /** Grows by one with each update of the upstream. */
  readonly generation: number;
  readonly endpoints: readonly Member[];
  /** The sum of all weights. */
  readonly totalWeight: number;
}

/** Makes a snapshot; the list must not change afterwards. */
export function createEndpointSet<Member extends Endpoint>(
  generation: number,
  endpoints: readonly Member[],
): EndpointSet<Member> {
  const totalWeight = endpoints.reduce((sum, endpoint) => sum + endpoint.weight, 0);
  return Object.freeze({ generation, endpoints: Object.freeze([...endpoints]), totalWeight });
}
