// Which of its keys an endpoint gives away while it has less than its full weight, for balancers whose tables go by the full one.
import type { Endpoint } from '../endpoint/endpoint.ts';
import { hash32, mix32 } from '../hash/hash32.ts';

/**
 * Whether a key, given by its hash, stays with an endpoint that owns it. With half its weight it keeps half of its keys; the same ones each
 * time, and with less still, some of those.
 */
export function keepsKey(endpoint: Endpoint, hash: number): boolean {
  const { weight, currentWeight } = endpoint;
  if (currentWeight >= weight) return true;
  return mix32(hash ^ hash32(endpoint.id)) >>> 0 < (currentWeight / weight) * 2 ** 32;
}
