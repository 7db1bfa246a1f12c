// Bounded load: lets another balancer choose, but among endpoints only that do not have much more to do than the average.
import type { EndpointSet } from '../endpoint/endpoint-set.ts';
import type { Endpoint } from '../endpoint/endpoint.ts';
import { resolveOptions } from '../options/resolve-options.ts';
import { isEligible, type Balancer, type PickHint } from './balancer.ts';

/** How even the load has to be. */
export interface BoundedLoadOptions {
  /** The most that an endpoint has in flight, as a multiple of its fair share; above 1. @defaultValue 1.25 */
  readonly balanceFactor?: number;
}

/**
 * Bounds what the choices of `inner` lead to: no endpoint gets more than `balanceFactor` times its share of what is in flight, rounded up
 * (Mirrokni, Thorup and Zadimoghaddam, Consistent Hashing with Bounded Loads, 2016). For balancers that hash: a key that everybody asks for
 * spills over to the endpoints that would be next.
 */
export function boundedLoad(inner: Balancer, options: BoundedLoadOptions = {}): Balancer {
  const balanceFactor = resolveOptions(options, 'boundedLoad', (reader) => {
    const factor = reader.number('balanceFactor', { default: 1.25, min: 1, max: 1000 });
    if (factor === 1) reader.issue('balanceFactor', 'must be above 1');
    return factor;
  });
  const bounded = new BoundedHint();
  return {
    name: `bounded-load(${inner.name})`,
    ...(inner.placesByKey !== undefined && { placesByKey: inner.placesByKey }),
    ...(inner.observe !== undefined && { observe: inner.observe.bind(inner) }),
    pick(set, hint) {
      bounded.bound(set, hint, balanceFactor);
      const picked = inner.pick(set, bounded);
      bounded.hint = undefined;
      // Rounding can leave nobody, when weights differ much and little is in flight.
      return picked ?? inner.pick(set, hint);
    },
  };
}

/** Accepts endpoints below their bound. One object for all picks. */
class BoundedHint implements PickHint {
  key: string | undefined;
  hint: PickHint | undefined;
  /** The most in flight for each unit of weight. */
  #perWeight = 0;

  bound({ endpoints }: EndpointSet, hint: PickHint, balanceFactor: number): void {
    let inFlight = 1;
    let weight = 0;
    for (let index = 0; index < endpoints.length; index++) {
      const endpoint = endpoints[index];
      if (endpoint === undefined || !isEligible(endpoint, hint)) continue;
      inFlight += endpoint.inFlight;
      weight += endpoint.currentWeight;
    }
    this.key = hint.key;
    this.hint = hint;
    this.#perWeight = (balanceFactor * inFlight) / weight;
  }

  readonly accept = (endpoint: Endpoint): boolean =>
    endpoint.inFlight < Math.ceil(this.#perWeight * endpoint.currentWeight) && this.hint?.accept(endpoint) === true;
}
