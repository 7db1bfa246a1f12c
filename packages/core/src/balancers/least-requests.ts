// Least requests, weighted: the endpoint with the fewest leases for its weight. Ties rotate by weight, as nginx's least_conn does.
import type { Endpoint } from '../endpoint/endpoint.ts';
import { isEligible, type Balancer, type PickHint } from './balancer.ts';
import { smoothWeightedRoundRobin } from './smooth-weighted-round-robin.ts';

/** Sends work where the least is in flight, in relation to weight. */
export function leastRequests(): Balancer {
  const tieBreaker = smoothWeightedRoundRobin();
  let least = 0;
  let current: PickHint | undefined;
  const tied: PickHint = {
    accept: (endpoint: Endpoint) => endpoint.inFlight / endpoint.weight <= least && current?.accept(endpoint) === true,
  };
  return {
    name: 'least-requests',
    pick(set, hint) {
      least = Infinity;
      for (const endpoint of set.endpoints) {
        const load = endpoint.inFlight / endpoint.weight;
        if (load < least && isEligible(endpoint, hint)) least = load;
      }
      if (least === Infinity) return undefined;
      current = hint;
      const picked = tieBreaker.pick(set, tied);
      current = undefined;
      return picked;
    },
  };
}
