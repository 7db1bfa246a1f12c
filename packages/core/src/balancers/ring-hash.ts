// Ketama consistent hashing: endpoints own arcs of a ring, a key belongs to the next point on it.
//
//        key ──► ●a ── ●c ── ●b ── ●a ── ●b …      when b leaves, only the keys in front of its points move
import type { EndpointSet } from '../endpoint/endpoint-set.ts';
import { hash32, mix32 } from '../hash/hash32.ts';
import { resolveOptions } from '../options/options-reader.ts';
import { isEligible, type Balancer } from './balancer.ts';
import { smoothWeightedRoundRobin } from './smooth-weighted-round-robin.ts';
import { StateBySet } from './state-by-set.ts';

/** How the ring is made. */
export interface RingHashOptions {
  /** Points on the ring for each unit of weight; more points spread more evenly and cost memory. @defaultValue 160 */
  readonly pointsPerWeight?: number;
}

interface Ring {
  /** Positions in ascending order, and the index of the endpoint that owns each. */
  readonly positions: Uint32Array;
  readonly owners: Uint32Array;
}

/**
 * Places by consistent hashing: when one of N endpoints leaves, about 1/N of the keys move, and none between the others
 * (Karger et al., Consistent Hashing and Random Trees, 1997; points per weight as in libketama). Requests without a key take turns.
 */
export function ringHash(options: RingHashOptions = {}): Balancer {
  const pointsPerWeight = resolveOptions(options, 'ringHash', (reader) =>
    reader.integer('pointsPerWeight', { default: 160, min: 1, max: 10_000 }),
  );
  const rings = new StateBySet((set) => buildRing(set, pointsPerWeight));
  const fallback = smoothWeightedRoundRobin();
  return {
    name: 'ring-hash',
    pick(set, hint) {
      if (hint.key === undefined) return fallback.pick(set, hint);
      const { positions, owners } = rings.of(set);
      const start = firstAtOrAfter(positions, hash32(hint.key));
      for (let step = 0; step < positions.length; step++) {
        const owner = set.endpoints[owners[(start + step) % positions.length] ?? 0];
        if (owner !== undefined && isEligible(owner, hint)) return owner;
      }
      return undefined;
    },
  };
}

function buildRing(set: EndpointSet, pointsPerWeight: number): Ring {
  const points: { readonly position: number; readonly owner: number }[] = [];
  for (const [owner, endpoint] of set.endpoints.entries()) {
    const seed = hash32(endpoint.id);
    for (let replica = 0; replica < endpoint.weight * pointsPerWeight; replica++) {
      points.push({ position: mix32(seed ^ Math.imul(replica + 1, 0x9e3779b9)), owner });
    }
  }
  points.sort((a, b) => a.position - b.position || a.owner - b.owner);
  return {
    positions: Uint32Array.from(points, (point) => point.position),
    owners: Uint32Array.from(points, (point) => point.owner),
  };
}

/** The index of the first position that is not below `hash`; the ring's length when there is none, which wraps around. */
function firstAtOrAfter(positions: Uint32Array, hash: number): number {
  let low = 0;
  let high = positions.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((positions[middle] ?? 0) < hash) low = middle + 1;
    else high = middle;
  }
  return low;
}
