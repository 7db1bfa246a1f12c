// Source-address hash: what hash.ts does, for keys that are IP addresses.
import { hash32 } from '../hash/hash32.ts';
import type { Balancer } from './balancer.ts';
import { byHash } from './hash.ts';

/**
 * Places by the hash of the client's address, in proportion to weight, as nginx's `ip_hash` does; an IPv4 address counts the same when it is
 * written as an IPv6 one.
 *
 * When its endpoint is not acceptable, a key is hashed again, so that the keys of one endpoint spread over all others. Work without a key
 * takes turns.
 */
export function sourceAddressHash(): Balancer {
  return byHash('source-address-hash', (key) => hash32(key, key.startsWith('::ffff:') ? 7 : 0));
}
