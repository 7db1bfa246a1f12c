// Which zone gets how much of the work of this one, so that all endpoints of all zones have as much to do: Envoy's zone aware routing. Pure.

/** One zone, as seen from all of them. */
export interface ZoneSituation {
  /** Its share of what can work, from 0 to 1. */
  readonly endpointShare: number;
  /** The share of the work that comes from it: that of the proxies that are there, from 0 to 1. */
  readonly proxyShare: number;
}

/**
 * The share of our work that each zone gets, given that every proxy does the same for its own zone.
 *
 * When our zone has as large a share of the endpoints as of the proxies, or a larger one, everything stays here. Otherwise what would be too
 * much for its endpoints goes to the zones with more endpoints than proxies, in proportion to what they have left.
 *
 * @param zones - Our own first.
 */
export function zoneShares(zones: readonly ZoneSituation[]): number[] {
  const [own] = zones;
  if (own === undefined) return [];
  const kept = own.proxyShare <= own.endpointShare ? 1 : own.endpointShare / own.proxyShare;
  const spare = zones.map(({ endpointShare, proxyShare }, index) =>
    index === 0 ? 0 : Math.max(0, endpointShare - proxyShare),
  );
  const spareOfAll = spare.reduce((sum, each) => sum + each, 0);
  // Rounding may leave nothing to spare anywhere; then there is next to nothing to give away.
  if (kept === 1 || spareOfAll === 0) return zones.map((_, index) => (index === 0 ? 1 : 0));
  return spare.map((each, index) => (index === 0 ? kept : ((1 - kept) * each) / spareOfAll));
}
