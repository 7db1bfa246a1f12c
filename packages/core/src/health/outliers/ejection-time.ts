// How long outliers stay out: longer each time, up to a limit, and never all for the same time. Pure.

/** The options that decide it. */
export interface EjectionTimes {
  readonly intervalMs: number;
  readonly baseEjectionMs: number;
  readonly maxEjectionMs: number;
  readonly ejectionJitterPercent: number;
}

/** How long an ejection lasts that is the `streak`th in a row, for a number by chance in [0, 1). */
export function ejectionTimeMs(times: EjectionTimes, streak: number, chance: number): number {
  const plainMs = Math.min(times.baseEjectionMs * streak, times.maxEjectionMs);
  return plainMs * (1 + (times.ejectionJitterPercent / 100) * chance);
}

/** The ejections in a row that still count when an endpoint has been back for so long: one less for each interval, as in Envoy. */
export function remainingStreak({ intervalMs }: EjectionTimes, streak: number, backForMs: number): number {
  return Math.max(0, streak - Math.floor(backForMs / intervalMs));
}
