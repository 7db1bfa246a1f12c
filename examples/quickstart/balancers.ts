// The balancers that --balancer takes, with a line of help each. The balancers themselves live in @sluice/core.

import type { BalancerName } from '@sluice/core';

/** A balancer as the quickstart speaks of it. */
export interface BalancerFacts {
  readonly summary: string;
  /** What decides how requests are shared out: the weights, nothing, or who the client is. */
  readonly sharesBy: 'weight' | 'turn' | 'client';
}

export const defaultBalancer: BalancerName = 'smooth-weighted-round-robin';

export const balancers: Readonly<Record<BalancerName, BalancerFacts>> = {
  'smooth-weighted-round-robin': { summary: 'by weight, evenly interleaved (the default)', sharesBy: 'weight' },
  'round-robin': { summary: 'each in turn, whatever its weight', sharesBy: 'turn' },
  random: { summary: 'by weight and by chance', sharesBy: 'weight' },
  'least-requests': { summary: 'fewest requests in flight for its weight', sharesBy: 'weight' },
  'power-of-two': { summary: 'the less busy of two drawn by chance', sharesBy: 'weight' },
  'source-address-hash': { summary: 'the same client to the same endpoint', sharesBy: 'client' },
  'ring-hash': { summary: 'the same, and few clients move when endpoints change', sharesBy: 'client' },
};

export function isBalancerName(name: string): name is BalancerName {
  return Object.hasOwn(balancers, name);
}
