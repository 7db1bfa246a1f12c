// The balancers that --balancer takes, with a line of help each. The balancers themselves live in @sluice/core.

import type { BalancerName } from '@sluice/core';

/** A balancer as the quickstart speaks of it. */
export interface BalancerFacts {
  readonly summary: string;
  /** What decides how requests are shared out: the weights, nothing, who the client is, or what the endpoints are doing. */
  readonly sharesBy: 'weight' | 'turn' | 'client' | 'state';
}

export const defaultBalancer: BalancerName = 'smooth-weighted-round-robin';

export const balancers: Readonly<Record<BalancerName, BalancerFacts>> = {
  'smooth-weighted-round-robin': { summary: 'by weight, evenly interleaved (the default)', sharesBy: 'weight' },
  'round-robin': { summary: 'each in turn, whatever its weight', sharesBy: 'turn' },
  random: { summary: 'by weight and by chance', sharesBy: 'weight' },
  'least-requests': { summary: 'fewest requests in flight for its weight', sharesBy: 'weight' },
  'power-of-two': { summary: 'the less busy of two drawn by chance', sharesBy: 'weight' },
  'peak-ewma': { summary: 'the one of two that is likely to answer sooner', sharesBy: 'state' },
  'source-address-hash': { summary: 'the same client to the same endpoint', sharesBy: 'client' },
  hash: { summary: 'the same, by the address as it is written', sharesBy: 'client' },
  'ring-hash': { summary: 'the same, and few clients move when endpoints change', sharesBy: 'client' },
  maglev: { summary: 'the same, by a table, with exact shares', sharesBy: 'client' },
  rendezvous: { summary: 'the same, and the fewest clients move that can', sharesBy: 'client' },
  'first-available': { summary: 'the first one that has room', sharesBy: 'state' },
};

export function isBalancerName(name: string): name is BalancerName {
  return Object.hasOwn(balancers, name);
}
