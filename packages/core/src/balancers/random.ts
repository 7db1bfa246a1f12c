// Random by weight: no state, no coordination, fair in the long run.
import type { EndpointSet } from '../endpoint/endpoint-set.ts';
import type { Endpoint } from '../endpoint/endpoint.ts';
import { resolveOptions } from '../options/resolve-options.ts';
import { systemRandom, type Random } from '../random.ts';
import { isEligible, type Balancer, type PickHint } from './balancer.ts';

/** Options of the balancers that draw lots. */
export interface RandomOptions {
  /** Where chance comes from. @defaultValue the system's */
  readonly random?: Random;
}

/** Picks by chance, in proportion to weight. */
export function random(options: RandomOptions = {}): Balancer {
  const chance = resolveRandom(options, 'random');
  return { name: 'random', pick: (set, hint) => pickWeighted(set, hint, chance, undefined) };
}

/** Where a balancer's chance comes from. @throws OptionsError */
export function resolveRandom(options: RandomOptions, balancer: string): Random {
  return resolveOptions(options, balancer, (reader) => reader.function<Random>('random') ?? systemRandom);
}

/** One draw by weight among the acceptable endpoints but `except`. */
export function pickWeighted(
  set: EndpointSet,
  hint: PickHint,
  chance: Random,
  except: Endpoint | undefined,
): Endpoint | undefined {
  const { endpoints } = set;
  let total = 0;
  for (let index = 0; index < endpoints.length; index++) {
    const endpoint = endpoints[index];
    if (endpoint !== undefined && endpoint !== except && isEligible(endpoint, hint)) total += endpoint.currentWeight;
  }
  let ticket = chance() * total;
  let last: Endpoint | undefined;
  for (let index = 0; index < endpoints.length && ticket >= 0; index++) {
    const endpoint = endpoints[index];
    if (endpoint === undefined || endpoint === except || !isEligible(endpoint, hint)) continue;
    ticket -= endpoint.currentWeight;
    last = endpoint;
  }
  return last;
}
