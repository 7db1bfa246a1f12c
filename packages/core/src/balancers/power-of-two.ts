// Power of two choices: of two endpoints drawn by weight, the less loaded one.
import type { Balancer } from './balancer.ts';
import { pickWeighted, resolveRandom, type RandomOptions } from './random.ts';

/**
 * Draws two endpoints and takes the one with less in flight for its weight: nearly as even as least requests, without its herding
 * when many proxies balance over the same endpoints (Mitzenmacher, The Power of Two Choices in Randomized Load Balancing, 2001).
 */
export function powerOfTwo(options: RandomOptions = {}): Balancer {
  const chance = resolveRandom(options, 'powerOfTwo');
  return {
    name: 'power-of-two',
    pick(set, hint) {
      const first = pickWeighted(set, hint, chance, undefined);
      if (first === undefined) return undefined;
      const second = pickWeighted(set, hint, chance, first);
      if (second === undefined) return first;
      return second.inFlight * first.currentWeight < first.inFlight * second.currentWeight ? second : first;
    },
  };
}
