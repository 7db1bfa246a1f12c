// How work is divided among tiers when some of their endpoints are out: Envoy's spill-over. Pure.

/**
 * How much of all the work a tier could carry, from 0 to 1.
 *
 * @param fitShare - The share of it, by weight, that is healthy.
 * @param overprovisioning - How much more than its usual load it can carry, as a factor.
 */
export function tierHealth(fitShare: number, overprovisioning: number): number {
  return fitShare === 0 ? 0 : Math.min(1, fitShare * overprovisioning);
}

/**
 * The share of the work that each tier gets, given what each could carry: the first as much as it can, the next of what is left as much as it
 * can, and so on. When they can not carry all of it together, each gets its part of what they can. All are 0 only when all can carry nothing.
 */
export function spillOver(healths: readonly number[]): number[] {
  const total = Math.min(
    1,
    healths.reduce((sum, health) => sum + health, 0),
  );
  let left = 1;
  return healths.map((health) => {
    const load = total === 0 ? 0 : Math.min(left, health / total);
    left -= load;
    return load;
  });
}
