// Rendezvous hashing: a key goes to the endpoint that scores highest for it. No table, and the fewest keys move that can; each pick looks at all.
import type { EndpointSet } from '../endpoint/endpoint-set.ts';
import type { Endpoint } from '../endpoint/endpoint.ts';
import { hash32, mix32 } from '../hash/hash32.ts';
import { isEligible, type Balancer } from './balancer.ts';
import { smoothWeightedRoundRobin } from './smooth-weighted-round-robin.ts';
import { StateBySet } from './state-by-set.ts';

/**
 * Places by the highest random weight (Thaler and Ravishankar, Using Name-Based Mappings to Increase Hit Rates, 1998), weighted by
 * `-weight / ln(hash)`. When an endpoint leaves, its keys spread over all others and no other key moves; the same holds when its weight changes.
 * For up to some dozens of endpoints: a pick takes time in proportion to their number. Work without a key takes turns.
 */
export function rendezvous(): Balancer {
  const seeds = new StateBySet(seedsOf);
  const turns = smoothWeightedRoundRobin();
  return {
    name: 'rendezvous',
    placesByKey: true,
    pick(set, hint) {
      if (hint.key === undefined) return turns.pick(set, hint);
      const hashed = hash32(hint.key);
      const seed = seeds.of(set);
      const { endpoints } = set;
      let best: Endpoint | undefined;
      let bestScore = -1;
      for (let index = 0; index < endpoints.length; index++) {
        const endpoint = endpoints[index];
        if (endpoint === undefined || !isEligible(endpoint, hint)) continue;
        const score = scoreOf(endpoint, mix32(hashed ^ (seed[index] ?? 0)));
        if (score <= bestScore) continue;
        best = endpoint;
        bestScore = score;
      }
      return best;
    },
  };
}

function seedsOf({ endpoints }: EndpointSet): Int32Array {
  return Int32Array.from(endpoints, ({ id }) => mix32(hash32(id) ^ 0x9e3779b9));
}

/** An exponentially distributed number with the weight as its scale: the highest of several is each one's with the probability of its weight. */
function scoreOf({ currentWeight }: Endpoint, hashed: number): number {
  return -currentWeight / Math.log(((hashed >>> 0) + 0.5) / 2 ** 32);
}
