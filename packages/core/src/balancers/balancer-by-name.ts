// The balancers that can be asked for by name.
import type { Random } from '../random.ts';
import type { Balancer } from './balancer.ts';
import { leastRequests } from './least-requests.ts';
import { powerOfTwo } from './power-of-two.ts';
import { random } from './random.ts';
import { ringHash } from './ring-hash.ts';
import { roundRobin } from './round-robin.ts';
import { smoothWeightedRoundRobin } from './smooth-weighted-round-robin.ts';
import { sourceAddressHash } from './source-address-hash.ts';

/** The name of a built-in balancer. */
export type BalancerName =
  | 'round-robin'
  | 'smooth-weighted-round-robin'
  | 'random'
  | 'least-requests'
  | 'power-of-two'
  | 'source-address-hash'
  | 'ring-hash';

const factories: Readonly<Record<BalancerName, (chance: Random) => Balancer>> = {
  'round-robin': () => roundRobin(),
  'smooth-weighted-round-robin': () => smoothWeightedRoundRobin(),
  random: (chance) => random({ random: chance }),
  'least-requests': () => leastRequests(),
  'power-of-two': (chance) => powerOfTwo({ random: chance }),
  'source-address-hash': () => sourceAddressHash(),
  'ring-hash': () => ringHash(),
};

/** All names, in the order in which they are documented. */
export const balancerNames: readonly BalancerName[] = Object.freeze(Object.keys(factories) as BalancerName[]);

/** Makes a balancer of its own for one upstream. */
export function createBalancer(name: BalancerName, chance: Random): Balancer {
  return factories[name](chance);
}
