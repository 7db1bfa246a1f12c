// The tiers of some endpoints in order, and who of them gets how much of the work. Computed when something changes, looked up by picks.
//
//   endpoints ──arrange──► levels (priorities) ──measure──► health of each tier ──► loads ──► zones ──► active
//              per generation                    └────────────── per change of health ──────────────┘
import type { EndpointSet } from '../endpoint/endpoint-set.ts';
import type { LiveEndpoint } from '../upstream/live-endpoint.ts';
import { arrangeTiers, type PriorityLevel } from './arrange-tiers.ts';
import type { ResolvedLocality } from './locality-options.ts';
import { spillOver } from './spill-over.ts';
import type { Tier } from './tier.ts';
import { TierTurns } from './tier-turns.ts';
import { zoneShares } from './zone-shares.ts';

/** What decides on tiers and their loads. */
export interface TierPolicy {
  readonly overprovisioning: number;
  readonly locality: ResolvedLocality | undefined;
  /** The share of a tier's weight, from 0 to 1, that is healthy at least, or it panics. 0: only when nobody is healthy at all. */
  readonly panicThreshold: number;
}

/** Next to 1, for sums of shares. */
const nearlyAll = 1 - 1e-9;

/** The tiers of an upstream, or of a subset of it. */
export class TierList {
  readonly all: EndpointSet<LiveEndpoint>;
  /** The tiers that are in use now, in the order in which they are tried. At least one, unless there is no endpoint. */
  active: readonly Tier[] = [];
  /** The tier that gets all of the work, if one does. */
  sole: Tier | undefined;
  /** Whose turn it is, while several share the work. */
  turns: TierTurns = new TierTurns([]);
  /** Whether there are endpoints in service, and none of them is healthy. */
  isLost = false;
  /** Whether it is lost, or some tier panics. */
  isPanicking = false;
  /** The share of the weight in service that is healthy, from 0 to 1. */
  soundShare = 0;
  readonly #byId: ReadonlyMap<string, LiveEndpoint>;
  readonly #levels: readonly PriorityLevel[];
  readonly #policy: TierPolicy;

  constructor(all: EndpointSet<LiveEndpoint>, policy: TierPolicy) {
    this.all = all;
    this.#policy = policy;
    this.#byId = new Map(all.endpoints.map((endpoint) => [endpoint.id, endpoint]));
    this.#levels = arrangeTiers(all, policy.locality);
    this.refresh();
  }

  /** The endpoint of that id, if it is one of these. */
  find(id: string): LiveEndpoint | undefined {
    return this.#byId.get(id);
  }

  /** Measures all endpoints, and divides the work anew. */
  refresh(): void {
    const tiers = this.#levels.flatMap((level) => this.#tiersOf(level));
    const total = tiers.reduce((sum, { health }) => sum + health, 0);
    const { panicThreshold } = this.#policy;
    for (const tier of tiers) {
      const isThin = tier.serviceWeight > 0 && tier.soundWeight / tier.serviceWeight < panicThreshold;
      // What other tiers make up for is no reason to panic.
      tier.isPanicking = isThin && (tiers.length === 1 || total < nearlyAll);
    }
    divide(tiers);
    const service = tiers.reduce((sum, { serviceWeight }) => sum + serviceWeight, 0);
    const sound = tiers.reduce((sum, { soundWeight }) => sum + soundWeight, 0);
    this.soundShare = service === 0 ? 0 : sound / service;
    this.isLost = service > 0 && sound === 0;
    this.isPanicking = this.isLost || tiers.some(({ isPanicking }) => isPanicking);
    this.active = tiers.flatMap((tier) => this.#zonesOf(tier));
    this.sole = this.active.find(({ load }) => load >= nearlyAll);
    this.turns = new TierTurns(this.active, this.turns);
  }

  /** The tiers of one priority: one, or one for each distance. */
  #tiersOf({ whole, byDistance }: PriorityLevel): readonly Tier[] {
    const { overprovisioning, locality } = this.#policy;
    const [nearest] = byDistance;
    for (const tier of byDistance) tier.measure(overprovisioning);
    if (nearest !== undefined && ownCount(nearest) >= (locality?.minHealthyEndpoints ?? 0)) return byDistance;
    whole.measure(overprovisioning);
    return [whole];
  }

  /** A tier, or its zones, when the work is divided among them. */
  #zonesOf(tier: Tier): readonly Tier[] {
    const { zones } = tier;
    const { proxies, minHealthyEndpoints = 0 } = this.#policy.locality ?? {};
    const [own] = zones;
    if (own === undefined || proxies === undefined || tier.isPanicking) return [tier];
    if (tier.fitWeight === 0 || own.fitCount < minHealthyEndpoints) return [tier];
    const proxiesOfAll = [...proxies.values()].reduce((sum, count) => sum + count, 0);
    const ownZone = this.#policy.locality?.zone ?? '';
    const shares = zoneShares(
      zones.map((zone, index) => ({
        endpointShare: zone.fitWeight / tier.fitWeight,
        proxyShare: (proxies.get(index === 0 ? ownZone : (zone.set.endpoints[0]?.zone ?? '')) ?? 0) / proxiesOfAll,
      })),
    );
    for (const [index, zone] of zones.entries()) {
      zone.load = tier.load * (shares[index] ?? 0);
      zone.isPanicking = false;
    }
    return zones;
  }
}

/** How many endpoints of our zone are healthy; the nearest tier may be another one. */
function ownCount({ rank, fitCount }: Tier): number {
  return rank.place === 'own-zone' ? fitCount : 0;
}

/** Backups get work when the other tiers can carry nothing. When nobody can carry anything, everything goes to the first tier. */
function divide(tiers: readonly Tier[]): void {
  const [backups, others] = [true, false].map((backup) => tiers.filter(({ rank }) => rank.backup === backup));
  const isCarried = share(others ?? []);
  const isSaved = share(isCarried ? [] : (backups ?? []));
  const [first] = tiers;
  if (isCarried) for (const tier of backups ?? []) tier.load = 0;
  else if (!isSaved && first !== undefined) first.load = 1;
}

/** @returns whether they can carry anything */
function share(tiers: readonly Tier[]): boolean {
  const loads = spillOver(tiers.map(({ health }) => health));
  for (const [index, tier] of tiers.entries()) tier.load = loads[index] ?? 0;
  return loads.some((load) => load > 0);
}
