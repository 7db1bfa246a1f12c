// How many endpoints outlier detection may take away: what all have in common is no outlier. Pure.

/**
 * Whether one more may be ejected. The first of several may be whatever the share is, unless it is 0; a lone one never is.
 *
 * @param out - How many are out for reasons of health already.
 * @param total - How many are in service.
 * @param maxPercent - The largest share that may be out.
 */
export function mayEjectAnother(out: number, total: number, maxPercent: number): boolean {
  if (total <= 1) return false;
  return 100 * (out + 1) <= maxPercent * total || (out === 0 && maxPercent > 0);
}
