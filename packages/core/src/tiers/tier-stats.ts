// A tier at one moment, for statistics.
import type { Tier, TierPlace } from './tier.ts';

/** What is known of one tier. */
export interface TierStats {
  /** Its number, 0 first; 0 for the backups, too. */
  readonly priority: number;
  /** Whether it is that of the backups, which comes last. */
  readonly backup: boolean;
  /** Where its endpoints are, from the proxy; `anywhere` when places do not matter, or are not looked at for now. */
  readonly place: TierPlace;
  /** The zone of its endpoints, when it is that of a single zone. */
  readonly zone: string | undefined;
  /** How many endpoints it has, and how many of them are healthy. */
  readonly endpoints: number;
  /** See `endpoints`. */
  readonly healthy: number;
  /** How much of all the work it could carry, in per cent. */
  readonly healthPercent: number;
  /** The share of the work that it gets, in per cent; more when others are full. */
  readonly loadPercent: number;
  /** Whether too few of it are healthy. */
  readonly isPanicking: boolean;
}

/** The snapshot of a tier. */
export function tierStats({ rank, set, fitCount, health, load, isPanicking }: Tier): TierStats {
  const zones = new Set(set.endpoints.map(({ zone }) => zone));
  const [zone] = zones.size === 1 ? zones : [];
  return {
    ...rank,
    zone,
    endpoints: set.endpoints.length,
    healthy: fitCount,
    healthPercent: Math.round(100 * health),
    loadPercent: Math.round(100 * load),
    isPanicking,
  };
}
