// Maglev hashing: a table that endpoints fill in turn, each in an order of its own. One look-up finds a key's endpoint, shares are all but exact,
// and few keys move that need not when the set changes.
import type { EndpointSet } from '../endpoint/endpoint-set.ts';
import type { Endpoint } from '../endpoint/endpoint.ts';
import { hash32, mix32 } from '../hash/hash32.ts';
import { resolveOptions } from '../options/resolve-options.ts';
import type { Balancer } from './balancer.ts';
import { pickRehashing } from './hash.ts';
import { smoothWeightedRoundRobin } from './smooth-weighted-round-robin.ts';
import { StateBySet } from './state-by-set.ts';

/** How the table is made. */
export interface MaglevOptions {
  /**
   * Entries of the table, a prime number up to 5000011. It should be a hundred times the number of endpoints, so that shares are even to 1 %.
   * @defaultValue 65537
   */
  readonly tableSize?: number;
}

/**
 * Places by Maglev's table (Eisenbud et al., Maglev: A Fast and Reliable Software Network Load Balancer, 2016, section 3.4), with turns by
 * weight as in Envoy. Shares differ from the weights by less than one endpoint in a hundred of the table's entries; when one of N endpoints leaves,
 * about 1/N of the keys move, and a few more between the others. Work without a key takes turns.
 */
export function maglev(options: MaglevOptions = {}): Balancer {
  const tableSize = resolveOptions(options, 'maglev', (reader) => {
    const size = reader.integer('tableSize', { default: 65_537, min: 2, max: 5_000_011 });
    if (!isPrime(size)) reader.issue('tableSize', `must be a prime number, got ${size}`);
    return size;
  });
  const tables = new StateBySet((set) => new Table(set, tableSize));
  const turns = smoothWeightedRoundRobin();
  return {
    name: 'maglev',
    placesByKey: true,
    pick(set, hint) {
      if (hint.key === undefined || set.totalWeight === 0) return turns.pick(set, hint);
      return pickRehashing(hash32(hint.key), hint, tables.of(set), ownerOf) ?? turns.pick(set, hint);
    },
  };
}

function ownerOf(table: Table, hashed: number): Endpoint | undefined {
  return table.ownerOf(hashed);
}

class Table {
  readonly #endpoints: readonly Endpoint[];
  /** The index of the endpoint that owns each entry. */
  readonly #owners: Uint32Array;

  constructor({ endpoints }: EndpointSet, size: number) {
    this.#endpoints = endpoints;
    this.#owners = fillTable(endpoints, size);
  }

  ownerOf(hashed: number): Endpoint | undefined {
    return this.#endpoints[this.#owners[(hashed >>> 0) % this.#owners.length] ?? 0];
  }
}

/** Entries that nobody owns yet. */
const free = 0xffff_ffff;

/**
 * Lets endpoints claim entries until none is free. Each goes through all entries in steps of its own, from an entry of its own; one with half the
 * weight of the heaviest claims an entry every other turn.
 */
function fillTable(endpoints: readonly Endpoint[], size: number): Uint32Array {
  const owners = new Uint32Array(size).fill(free);
  const heaviest = endpoints.reduce((most, { weight }) => Math.max(most, weight), 1);
  const claims = endpoints
    .map(({ id, weight }, index) => {
      const seed = hash32(id);
      const step = (mix32(seed ^ 0x9e3779b9) >>> 0) % (size - 1);
      return { id, index, weight, entry: (seed >>> 0) % size, step: step + 1, credit: 0 };
    })
    .filter(({ weight }) => weight > 0)
    // The order of the options does not matter: two proxies that list the same endpoints agree.
    .toSorted((one, other) => (one.id < other.id ? -1 : 1));
  for (let left = claims.length === 0 ? 0 : size; left > 0;) {
    for (const claim of claims) {
      claim.credit += claim.weight;
      if (claim.credit < heaviest) continue;
      claim.credit -= heaviest;
      while (owners[claim.entry] !== free) claim.entry = (claim.entry + claim.step) % size;
      owners[claim.entry] = claim.index;
      if (--left === 0) break;
    }
  }
  return owners;
}

function isPrime(number: number): boolean {
  for (let divisor = 2; divisor * divisor <= number; divisor++) if (number % divisor === 0) return false;
  return number > 1;
}
