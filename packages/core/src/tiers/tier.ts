// Endpoints that come next to each other: of one priority, and of one zone or distance where places matter. What it measures of them is
// looked up by picks; who gets how much of the work is tier-list.ts.
import type { EndpointSet } from '../endpoint/endpoint-set.ts';
import type { LiveEndpoint } from '../upstream/live-endpoint.ts';
import { tierHealth } from './spill-over.ts';

/** Where the endpoints of a tier are, from the proxy: `anywhere` when places do not matter. */
export type TierPlace = 'own-zone' | 'own-region' | 'elsewhere' | 'anywhere';

/** What all endpoints of a tier have in common. */
export interface TierRank {
  /** As in the endpoints' options; backups have the priority 0. */
  readonly priority: number;
  /** Whether it is used only when no other tier has anybody. */
  readonly backup: boolean;
  readonly place: TierPlace;
}

/** One tier, as it was when it was measured last. */
export class Tier {
  readonly rank: TierRank;
  readonly set: EndpointSet<LiveEndpoint>;
  /** The same endpoints by zone, our own first, where work is divided among zones. */
  readonly zones: readonly Tier[];
  /** How many endpoints are healthy, and their weight. */
  fitCount = 0;
  fitWeight = 0;
  /** The weight of all that should be there: what an operator has switched off is not. */
  plannedWeight = 0;
  /** The weight of those in service that nothing speaks against, so far as is known. One that awaits its trial is not among them. */
  soundWeight = 0;
  /** The weight of those in service. */
  serviceWeight = 0;
  /** How much of all the work it could carry, from 0 to 1. */
  health = 0;
  /** The share of the work that it gets, from 0 to 1. */
  load = 0;
  /** Whether so few of it are healthy that all of it is used. */
  isPanicking = false;

  constructor(rank: TierRank, set: EndpointSet<LiveEndpoint>, zones: readonly Tier[] = []) {
    this.rank = rank;
    this.set = set;
    this.zones = zones;
  }

  /** Looks at every endpoint, and at those of its zones. */
  measure(overprovisioning: number): void {
    this.fitCount = 0;
    this.fitWeight = 0;
    this.plannedWeight = 0;
    this.soundWeight = 0;
    this.serviceWeight = 0;
    for (const endpoint of this.set.endpoints) this.#add(endpoint);
    this.health = this.plannedWeight === 0 ? 0 : tierHealth(this.fitWeight / this.plannedWeight, overprovisioning);
    for (const zone of this.zones) zone.measure(overprovisioning);
  }

  #add(endpoint: LiveEndpoint): void {
    const { weight, down, isInService, counters } = endpoint;
    if (!down) this.plannedWeight += weight;
    if (!isInService) return;
    // An open circuit closes with time, which nobody tells: it is like a full endpoint, whose work others of its tier, or other tiers, take over.
    const { isWell } = endpoint;
    const { circuit, ejection } = counters.health;
    this.serviceWeight += weight;
    if (isWell) {
      this.fitCount++;
      this.fitWeight += weight;
    }
    if (endpoint.isUnchecked || (isWell && !ejection.isOut && (circuit?.state ?? 'closed') === 'closed'))
      this.soundWeight += weight;
  }
}
