// How many endpoints outlier detection may take away: what all have in common is no outlier. Pure.

/**
 * Whether one more may be ejected. The first of several may be whatever the share is, unless it is 0; a lone one never is.
 *
 * @param unfit - How many get no work for reasons of health already.
 * @param total - How many are in service.
 * @param maxPercent - The largest share that may be out.
 */
export function mayEjectAnother(unfit: number, total: number, maxPercent: number): boolean {
  if (total <= 1) return false;
  return 100 * (unfit + 1) <= maxPercent * total || (unfit === 0 && maxPercent > 0);
}
