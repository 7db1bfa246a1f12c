// Source-address hash: the same key goes to the same endpoint while the set stays the same. For sets that change: ring-hash.ts.
import type { EndpointSet } from '../endpoint/endpoint-set.ts';
import type { Endpoint } from '../endpoint/endpoint.ts';
import { hash32, mix32 } from '../hash/hash32.ts';
import { isEligible, type Balancer } from './balancer.ts';
import { keepsKey } from './key-share.ts';
import { smoothWeightedRoundRobin } from './smooth-weighted-round-robin.ts';

/** How often a key is hashed again to find an acceptable endpoint before turns decide, as in nginx's ip_hash. */
const maxRehashes = 20;

/**
 * Places by the hash of the key, in proportion to weight; an IPv4 address counts the same when it is written as an IPv6 one.
 *
 * When its endpoint is not acceptable, a key is hashed again, so that the keys of one endpoint spread over all others. Work without a key
 * takes turns.
 */
export function sourceAddressHash(): Balancer {
  const turns = smoothWeightedRoundRobin();
  return {
    name: 'source-address-hash',
    pick(set, hint) {
      if (hint.key === undefined || set.totalWeight === 0) return turns.pick(set, hint);
      let hash = hash32(hint.key, hint.key.startsWith('::ffff:') ? 7 : 0);
      for (let rehash = 0; rehash <= maxRehashes; rehash++) {
        const endpoint = endpointAt(set, (hash >>> 0) % set.totalWeight);
        if (endpoint !== undefined && isEligible(endpoint, hint) && keepsKey(endpoint, hash)) return endpoint;
        hash = mix32((hash + 0x9e3779b9) | 0);
      }
      return turns.pick(set, hint);
    },
  };
}

function endpointAt({ endpoints }: EndpointSet, offset: number): Endpoint | undefined {
  let rest = offset;
  for (let index = 0; index < endpoints.length; index++) {
    const endpoint = endpoints[index];
    rest -= endpoint?.weight ?? 0;
    if (rest < 0) return endpoint;
  }
  return undefined;
}
