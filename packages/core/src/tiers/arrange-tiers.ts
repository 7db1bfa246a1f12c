// Puts endpoints into tiers: by priority, the backups last; and within a priority by their distance, or by zone, where the proxy knows its place.
import { createEndpointSet, type EndpointSet } from '../endpoint/endpoint-set.ts';
import type { LiveEndpoint } from '../upstream/live-endpoint.ts';
import type { ResolvedLocality } from './locality-options.ts';
import { Tier, type TierPlace, type TierRank } from './tier.ts';

/** The endpoints of one priority. */
export interface PriorityLevel {
  /** All of them. */
  readonly whole: Tier;
  /** The same, nearest first; empty when distance does not matter. */
  readonly byDistance: readonly Tier[];
}

const distances: readonly TierPlace[] = ['own-zone', 'own-region', 'elsewhere'];

/** The levels, first to last. */
export function arrangeTiers(
  all: EndpointSet<LiveEndpoint>,
  locality: ResolvedLocality | undefined,
): readonly PriorityLevel[] {
  const ranks = groupBy(all.endpoints, ({ backup, priority }) => (backup ? Infinity : priority));
  const levels = [...ranks].toSorted(([one], [other]) => one - other);
  return levels.map(([priority, endpoints]) => {
    const backup = priority === Infinity;
    const rank: TierRank = { priority: backup ? 0 : priority, backup, place: 'anywhere' };
    // A set that is the same is the same object, so that balancers derive what they need once.
    const set = levels.length === 1 ? all : createEndpointSet(all.generation, endpoints);
    return arrangeLevel(rank, set, locality);
  });
}

function arrangeLevel(
  rank: TierRank,
  set: EndpointSet<LiveEndpoint>,
  locality: ResolvedLocality | undefined,
): PriorityLevel {
  const { generation, endpoints } = set;
  const make = (place: TierPlace, members: readonly LiveEndpoint[]): Tier =>
    new Tier({ ...rank, place }, createEndpointSet(generation, members));
  const groups = locality === undefined ? undefined : groupBy(endpoints, (endpoint) => distanceOf(endpoint, locality));
  if (locality === undefined || groups === undefined || groups.size < 2)
    return { whole: new Tier(rank, set), byDistance: [] };
  if (locality.proxies === undefined) {
    const byDistance = distances.flatMap((place) => {
      const members = groups.get(place);
      return members === undefined ? [] : [make(place, members)];
    });
    return { whole: new Tier(rank, set), byDistance };
  }
  const zones = groupBy(endpoints, ({ zone = '' }) => zone);
  const own = zones.get(locality.zone) ?? [];
  zones.delete(locality.zone);
  const others = Array.from(zones.values(), (members) => make(distanceOf(members[0], locality), members));
  return { whole: new Tier(rank, set, [make('own-zone', own), ...others]), byDistance: [] };
}

function distanceOf(endpoint: LiveEndpoint | undefined, { zone, region }: ResolvedLocality): TierPlace {
  if (endpoint?.zone === zone) return 'own-zone';
  return region !== undefined && endpoint?.region === region ? 'own-region' : 'elsewhere';
}

/** `Map.groupBy` of the endpoints, in the order in which the keys first occur. */
function groupBy<Key>(
  endpoints: readonly LiveEndpoint[],
  keyOf: (endpoint: LiveEndpoint) => Key,
): Map<Key, LiveEndpoint[]> {
  const groups = new Map<Key, LiveEndpoint[]>();
  for (const endpoint of endpoints) {
    const key = keyOf(endpoint);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [endpoint]);
    else group.push(endpoint);
  }
  return groups;
}
