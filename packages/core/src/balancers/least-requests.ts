// Least requests, weighted: the endpoint with the fewest leases for its weight. Ties rotate by weight, as nginx's least_conn does.
import type { Endpoint } from '../endpoint/endpoint.ts';
import { isEligible, type Balancer, type PickHint } from './balancer.ts';
import { smoothWeightedRoundRobin } from './smooth-weighted-round-robin.ts';

/** Sends work where the least is in flight for its weight. Good when some requests take much longer than others. */
export function leastRequests(): Balancer {
  const tieBreaker = smoothWeightedRoundRobin();
  const tied = new TiedHint();
  return {
    name: 'least-requests',
    pick(set, hint) {
      const { endpoints } = set;
      let least: Endpoint | undefined;
      for (let index = 0; index < endpoints.length; index++) {
        const endpoint = endpoints[index];
        if (endpoint === undefined || (least !== undefined && !isLessLoaded(endpoint, least))) continue;
        if (isEligible(endpoint, hint)) least = endpoint;
      }
      if (least === undefined) return undefined;
      tied.least = least;
      tied.hint = hint;
      const picked = tieBreaker.pick(set, tied);
      tied.hint = undefined;
      return picked;
    },
  };
}

/** Accepts what is no more loaded than the least loaded. One object for all picks. */
class TiedHint implements PickHint {
  least: Endpoint | undefined;
  hint: PickHint | undefined;

  readonly accept = (endpoint: Endpoint): boolean =>
    this.least !== undefined && !isLessLoaded(this.least, endpoint) && this.hint?.accept(endpoint) === true;
}

/** Compares in flight / weight, without dividing. */
function isLessLoaded(endpoint: Endpoint, than: Endpoint): boolean {
  return endpoint.inFlight * than.currentWeight < than.inFlight * endpoint.currentWeight;
}
