// Generic hash: the same key goes to the same endpoint while the set stays the same. For sets that change: ring-hash.ts, maglev.ts, rendezvous.ts.
import type { EndpointSet } from '../endpoint/endpoint-set.ts';
import type { Endpoint } from '../endpoint/endpoint.ts';
import { hash32, mix32 } from '../hash/hash32.ts';
import { isEligible, type Balancer, type PickHint } from './balancer.ts';
import { keepsKey } from './key-share.ts';
import { smoothWeightedRoundRobin } from './smooth-weighted-round-robin.ts';

/** How often a key is hashed again to find an acceptable endpoint before turns decide, as in nginx's `hash`. */
const maxRehashes = 20;

/**
 * Places by the hash of the key modulo the sum of the weights, as nginx's `hash` does. When the set changes, nearly all keys move.
 *
 * When its endpoint is not acceptable, a key is hashed again, so that the keys of one endpoint spread over all others. Work without a key
 * takes turns.
 */
export function hash(): Balancer {
  return byHash('hash', (key) => hash32(key));
}

/** A balancer of that name that hashes keys in its own way. */
export function byHash(name: string, hashOf: (key: string) => number): Balancer {
  const turns = smoothWeightedRoundRobin();
  return {
    name,
    placesByKey: true,
    pick(set, hint) {
      if (hint.key === undefined || set.totalWeight === 0) return turns.pick(set, hint);
      return pickRehashing(hashOf(hint.key), hint, set, endpointAt) ?? turns.pick(set, hint);
    },
  };
}

/** The first acceptable endpoint that keeps the key, over the owners of the key's hash and of some hashes of that. */
export function pickRehashing<Table>(
  firstHash: number,
  hint: PickHint,
  table: Table,
  ownerOf: (table: Table, hash: number) => Endpoint | undefined,
): Endpoint | undefined {
  let hashed = firstHash;
  for (let rehash = 0; rehash <= maxRehashes; rehash++) {
    const endpoint = ownerOf(table, hashed);
    if (endpoint !== undefined && isEligible(endpoint, hint) && keepsKey(endpoint, hashed)) return endpoint;
    hashed = mix32((hashed + 0x9e3779b9) | 0);
  }
  return undefined;
}

function endpointAt({ endpoints, totalWeight }: EndpointSet, hashed: number): Endpoint | undefined {
  let rest = (hashed >>> 0) % totalWeight;
  for (let index = 0; index < endpoints.length; index++) {
    const endpoint = endpoints[index];
    rest -= endpoint?.weight ?? 0;
    if (rest < 0) return endpoint;
  }
  return undefined;
}
