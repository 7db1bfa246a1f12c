// How a time that somebody grants is written in a field. What becomes of it is deadline.ts.

/**
 * How a field says it.
 *
 * - `milliseconds` and `seconds`: a number, with or without a fraction.
 * - `grpc-timeout`: up to eight digits and a unit, `H`, `M`, `S`, `m`, `u` or `n` (gRPC over HTTP/2, "Requests").
 * - `unix-milliseconds` and `unix-seconds`: the moment when the time is over, since 1970. Only between machines whose clocks agree.
 */
export type DeadlineFormat = 'milliseconds' | 'seconds' | 'grpc-timeout' | 'unix-milliseconds' | 'unix-seconds';

/** Every format. */
export const deadlineFormats: readonly DeadlineFormat[] = Object.freeze([
  'milliseconds',
  'seconds',
  'grpc-timeout',
  'unix-milliseconds',
  'unix-seconds',
]);

const grpcUnitsMs: Readonly<Record<string, number>> = {
  H: 3_600_000,
  M: 60_000,
  S: 1_000,
  m: 1,
  u: 1e-3,
  n: 1e-6,
};

/** The most that eight digits say. */
const grpcMost = 99_999_999;

/**
 * What a value grants from now on, in milliseconds, 0 or less when that is over; `undefined` for what says nothing.
 *
 * @param wallTimeMs - Milliseconds since 1970, now.
 */
export function parseTimeBudget(value: string, format: DeadlineFormat, wallTimeMs: number): number | undefined {
  if (format === 'grpc-timeout') {
    const [, digits, unit = ''] = /^(\d{1,8})([HMSmun])$/.exec(value) ?? [];
    return digits === undefined ? undefined : Number(digits) * (grpcUnitsMs[unit] ?? 0);
  }
  // Nothing that Number would read besides: no sign, no exponent, no hexadecimal.
  if (!/^\d{1,15}(?:\.\d{1,9})?$/.test(value)) return undefined;
  const number = Number(value);
  if (format === 'milliseconds') return number;
  if (format === 'seconds') return number * 1000;
  return (format === 'unix-seconds' ? number * 1000 : number) - wallTimeMs;
}

/** The same the other way round: never more than there is, and never 0, which some take for no limit. */
export function formatTimeBudget(budgetMs: number, format: DeadlineFormat, wallTimeMs: number): string {
  const wholeMs = Math.max(1, Math.floor(budgetMs));
  switch (format) {
    case 'milliseconds':
      return String(wholeMs);
    case 'seconds':
      return String(wholeMs / 1000);
    case 'grpc-timeout':
      if (wholeMs <= grpcMost) return `${wholeMs}m`;
      return `${Math.min(grpcMost, Math.floor(wholeMs / 1000))}S`;
    case 'unix-milliseconds':
      return String(Math.floor(wallTimeMs) + wholeMs);
    default:
      return ((Math.floor(wallTimeMs) + wholeMs) / 1000).toFixed(3);
  }
}
