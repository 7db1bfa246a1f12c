// Detector: so many failures in a row, without a success in between. Looks at each failure as it happens.

/** Why an endpoint stands out by its failures in a row; `undefined` when it does not. `limit` 0 finds nobody. */
export function judgeFailuresInARow(inARow: number, limit: number): string | undefined {
  return limit > 0 && inARow >= limit ? `${inARow} failures in a row` : undefined;
}
