// nginx's smooth weighted round robin: shares by weight, spread evenly in time. Weights 5, 1, 1 give a a b a c a a.
import type { Endpoint } from '../endpoint/endpoint.ts';
import { isEligible, type Balancer } from './balancer.ts';
import { StateBySet } from './state-by-set.ts';

/**
 * Spreads by weight without bursts.
 *
 * Each pick raises every acceptable endpoint's credit by its weight, takes the one with the most, and lowers that one's by the sum
 * (nginx, commit 52327e0627f4). Over a cycle of the total weight each gets exactly its share.
 */
export function smoothWeightedRoundRobin(): Balancer {
  const credits = new StateBySet((set) => new Float64Array(set.endpoints.length));
  return {
    name: 'smooth-weighted-round-robin',
    pick(set, hint) {
      const { endpoints } = set;
      const credit = credits.of(set);
      let total = 0;
      let best: Endpoint | undefined;
      let bestIndex = -1;
      for (let index = 0; index < endpoints.length; index++) {
        const endpoint = endpoints[index];
        if (endpoint === undefined || !isEligible(endpoint, hint)) continue;
        const { currentWeight } = endpoint;
        total += currentWeight;
        credit[index] = (credit[index] ?? 0) + currentWeight;
        if (best === undefined || (credit[index] ?? 0) > (credit[bestIndex] ?? 0)) {
          best = endpoint;
          bestIndex = index;
        }
      }
      if (best !== undefined) credit[bestIndex] = (credit[bestIndex] ?? 0) - total;
      return best;
    },
  };
}
