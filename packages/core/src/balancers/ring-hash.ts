// Ketama consistent hashing: endpoints own arcs of a ring, a key belongs to the next point on it.
//
//        key ──► ●a ── ●c ── ●b ── ●a ── ●b …      when b leaves, only the keys in front of its points move
import type { EndpointSet } from '../endpoint/endpoint-set.ts';
import type { Endpoint } from '../endpoint/endpoint.ts';
import { hash32, mix32 } from '../hash/hash32.ts';
import { resolveOptions } from '../options/resolve-options.ts';
import { isEligible, type Balancer, type PickHint } from './balancer.ts';
import { keepsKey } from './key-share.ts';
import { smoothWeightedRoundRobin } from './smooth-weighted-round-robin.ts';
import { StateBySet } from './state-by-set.ts';

/** How the ring is made. */
export interface RingHashOptions {
  /**
   * Points on the ring for each unit of weight, from 1 to 10000: more of them spread more evenly and cost memory. A ring has at most 65536
   * points; beyond that each endpoint gets fewer, in proportion. @defaultValue 160
   */
  readonly pointsPerWeight?: number;
}

/** Half a MiB. It also bounds the time that building takes. */
const maxPoints = 2 ** 16;

/**
 * Places by consistent hashing: when one of N endpoints leaves, about 1/N of the keys move, and none between the others
 * (Karger et al., Consistent Hashing and Random Trees, 1997; points per weight as in libketama). Work without a key takes turns.
 */
export function ringHash(options: RingHashOptions = {}): Balancer {
  const pointsPerWeight = resolveOptions(options, 'ringHash', (reader) =>
    reader.integer('pointsPerWeight', { default: 160, min: 1, max: 10_000 }),
  );
  const rings = new StateBySet((set) => new Ring(set, pointsPerWeight));
  const turns = smoothWeightedRoundRobin();
  return {
    name: 'ring-hash',
    placesByKey: true,
    pick(set, hint) {
      return hint.key === undefined ? turns.pick(set, hint) : rings.of(set).pick(hash32(hint.key), hint);
    },
  };
}

class Ring {
  readonly #endpoints: readonly Endpoint[];
  /** In ascending order. */
  readonly #positions: Uint32Array;
  /** The index of the endpoint that owns each position. */
  readonly #owners: Uint32Array;
  /** The number of the last pick that refused each endpoint, so that none is asked twice. */
  readonly #refusedBy: Int32Array;
  #pickNumber = 0;

  constructor(set: EndpointSet, pointsPerWeight: number) {
    this.#endpoints = set.endpoints;
    const points = listPoints(set, pointsPerWeight);
    this.#positions = Uint32Array.from(points, (point) => Math.floor(point / maxPoints));
    this.#owners = Uint32Array.from(points, (point) => point % maxPoints);
    this.#refusedBy = new Int32Array(set.endpoints.length);
  }

  /** The owner of the first position from `hash` on that is eligible, and keeps the key if any does. */
  pick(hash: number, hint: PickHint): Endpoint | undefined {
    const owners = this.#owners;
    this.#pickNumber = (this.#pickNumber + 1) | 0;
    let spare: Endpoint | undefined;
    let refusals = 0;
    let point = this.#firstAtOrAfter(hash);
    for (let step = 0; step < owners.length && refusals < this.#endpoints.length; step++, point++) {
      if (point === owners.length) point = 0;
      const index = owners[point] ?? 0;
      const owner = this.#endpoints[index];
      if (owner === undefined || this.#refusedBy[index] === this.#pickNumber) continue;
      if (isEligible(owner, hint)) {
        if (keepsKey(owner, hash)) return owner;
        spare ??= owner;
      }
      this.#refusedBy[index] = this.#pickNumber;
      refusals++;
    }
    return spare;
  }

  /** The index of the first position that is not below `hash`, or 0 when there is none: the ring closes there. */
  #firstAtOrAfter(hash: number): number {
    const positions = this.#positions;
    const position = hash >>> 0;
    let low = 0;
    let high = positions.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((positions[middle] ?? 0) < position) low = middle + 1;
      else high = middle;
    }
    return low === positions.length ? 0 : low;
  }
}

/** All points in order, each as `position * maxPoints + owner`, which fits a double and sorts by position first. */
function listPoints(set: EndpointSet, pointsPerWeight: number): Float64Array {
  const scale = Math.min(1, maxPoints / (set.totalWeight * pointsPerWeight));
  const counts = set.endpoints.map(({ weight }) =>
    weight === 0 ? 0 : Math.max(1, Math.floor(weight * pointsPerWeight * scale)),
  );
  const points = new Float64Array(counts.reduce((sum, count) => sum + count, 0));
  let next = 0;
  for (const [owner, { id }] of set.endpoints.entries()) {
    const seed = hash32(id);
    for (let replica = 1; replica <= (counts[owner] ?? 0); replica++) {
      points[next++] = (mix32(seed ^ Math.imul(replica, 0x9e3779b9)) >>> 0) * maxPoints + owner;
    }
  }
  return points.toSorted();
}
