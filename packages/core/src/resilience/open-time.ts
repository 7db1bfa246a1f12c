// How long a circuit stays open: twice as long each time in a row, up to a limit, and never the same for all. Pure.

/** The options that decide it. */
export interface OpenTimes {
  readonly openMs: number;
  readonly maxOpenMs: number;
  readonly openJitterPercent: number;
}

/** How long a circuit is open that opens for the `streak`th time in a row, for a number by chance in [0, 1). */
export function openTimeMs(
  { openMs, maxOpenMs, openJitterPercent }: OpenTimes,
  streak: number,
  chance: number,
): number {
  const plainMs = Math.min(openMs * 2 ** (streak - 1), maxOpenMs);
  return plainMs * (1 + (openJitterPercent / 100) * chance);
}
