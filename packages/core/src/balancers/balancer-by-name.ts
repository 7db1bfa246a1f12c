// The balancers that can be asked for by name.
import type { Clock } from '../clock.ts';
import type { Random } from '../random.ts';
import type { Balancer } from './balancer.ts';
import { firstAvailable } from './first-available.ts';
import { hash } from './hash.ts';
import { leastRequests } from './least-requests.ts';
import { maglev } from './maglev.ts';
import { peakEwma } from './peak-ewma.ts';
import { powerOfTwo } from './power-of-two.ts';
import { random } from './random.ts';
import { rendezvous } from './rendezvous.ts';
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
  | 'peak-ewma'
  | 'source-address-hash'
  | 'hash'
  | 'ring-hash'
  | 'maglev'
  | 'rendezvous'
  | 'first-available';

const factories: Readonly<Record<BalancerName, (chance: Random, clock: Clock) => Balancer>> = {
  'round-robin': () => roundRobin(),
  'smooth-weighted-round-robin': () => smoothWeightedRoundRobin(),
  random: (chance) => random({ random: chance }),
  'least-requests': () => leastRequests(),
  'power-of-two': (chance) => powerOfTwo({ random: chance }),
  'peak-ewma': (chance, clock) => peakEwma({ random: chance, clock }),
  'source-address-hash': () => sourceAddressHash(),
  hash: () => hash(),
  'ring-hash': () => ringHash(),
  maglev: () => maglev(),
  rendezvous: () => rendezvous(),
  'first-available': () => firstAvailable(),
};

/** All names, in the order in which they are documented. */
export const balancerNames: readonly BalancerName[] = Object.freeze(Object.keys(factories) as BalancerName[]);

/** Makes a balancer of its own for one upstream. */
export function createBalancer(name: BalancerName, chance: Random, clock: Clock): Balancer {
  return factories[name](chance, clock);
}
