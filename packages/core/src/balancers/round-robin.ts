// Round robin: each acceptable endpoint in turn, whatever its weight. For weights: smooth-weighted-round-robin.ts.
import { isEligible, type Balancer } from './balancer.ts';
import { StateBySet } from './state-by-set.ts';

/** Takes turns. Weights play no part, but for 0, which gets nothing. */
export function roundRobin(): Balancer {
  const positions = new StateBySet(() => ({ next: 0 }));
  return {
    name: 'round-robin',
    pick(set, hint) {
      const { endpoints } = set;
      const position = positions.of(set);
      for (let step = 0; step < endpoints.length; step++) {
        const index = (position.next + step) % endpoints.length;
        const endpoint = endpoints[index];
        if (endpoint === undefined || !isEligible(endpoint, hint)) continue;
        position.next = index + 1;
        return endpoint;
      }
      return undefined;
    },
  };
}
