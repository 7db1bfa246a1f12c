// What a circuit breaker can be told, its defaults, and the one place where both are read.
import type { OptionsReader } from '../options/options-reader.ts';
import type { OpenTimes } from './open-time.ts';

/** When work is refused at once, instead of being sent where it fails. */
export interface BreakerOptions {
  /**
   * What has a circuit: each endpoint, which is passed over while its circuit is open; the whole upstream, which then refuses everything; or both.
   * @defaultValue `'upstream'`
   */
  readonly scope?: 'upstream' | 'endpoint' | 'both';
  /** The share of failures that opens the circuit, above 0 and at most 1. @defaultValue 0.5 */
  readonly failureRatio?: number;
  /** What takes as long as this counts as slow, in milliseconds; work is timed for it. @defaultValue false: nothing does */
  readonly slowCallMs?: number | false;
  /** The share of slow work that opens the circuit, above 0 and at most 1. @defaultValue 1 */
  readonly slowCallRatio?: number;
  /** With less work than this in the window, nothing is concluded. @defaultValue 20 */
  readonly minVolume?: number;
  /** How far back work counts, in milliseconds, to a tenth of it. @defaultValue 10000 */
  readonly windowMs?: number;
  /**
   * How long the circuit stays open at first, in milliseconds; twice as long each time that it opens again before it was closed for a window.
   * @defaultValue 5000
   */
  readonly openMs?: number;
  /** The longest that it stays open, in milliseconds, before chance lengthens it. @defaultValue 60000 */
  readonly maxOpenMs?: number;
  /** How much longer it may stay open by chance, in percent: proxies must not all come back at once. @defaultValue 10 */
  readonly openJitterPercent?: number;
  /** How much work is let through to see whether it goes well again. All of it decides, by the same ratios. @defaultValue 3 */
  readonly halfOpenProbes?: number;
}

/** `BreakerOptions`, complete. */
export interface ResolvedBreaker extends OpenTimes {
  readonly scope: 'upstream' | 'endpoint' | 'both';
  readonly failureRatio: number;
  readonly slowCallMs: number;
  readonly slowCallRatio: number;
  readonly minVolume: number;
  readonly windowMs: number;
  readonly halfOpenProbes: number;
}

/** The defaults of `BreakerOptions`: the window, its volume, the ratio and the time are Hystrix's. */
export const breakerDefaults: ResolvedBreaker = Object.freeze({
  scope: 'upstream',
  failureRatio: 0.5,
  slowCallMs: Infinity,
  slowCallRatio: 1,
  minVolume: 20,
  windowMs: 10_000,
  openMs: 5000,
  maxOpenMs: 60_000,
  openJitterPercent: 10,
  halfOpenProbes: 3,
});

/** The least share that opens a circuit. */
const leastRatio = 0.001;

/** Reads the option `breaker`: `true` is all defaults; without it there is none. */
export function readBreaker(reader: OptionsReader): ResolvedBreaker | undefined {
  const value = reader.raw('breaker') ?? false;
  if (value === false) return undefined;
  return value === true ? breakerDefaults : reader.nested('breaker', readBreakerOptions);
}

function readBreakerOptions(reader: OptionsReader): ResolvedBreaker {
  const ratio = (name: 'failureRatio' | 'slowCallRatio'): number =>
    reader.number(name, { default: breakerDefaults[name], min: leastRatio, max: 1 });
  const ms = (name: 'windowMs' | 'openMs' | 'maxOpenMs'): number =>
    reader.number(name, { default: breakerDefaults[name], min: 1 });
  return {
    scope: reader.choice('scope', ['upstream', 'endpoint', 'both'], { default: breakerDefaults.scope }),
    failureRatio: ratio('failureRatio'),
    slowCallMs: reader.milliseconds('slowCallMs', { default: breakerDefaults.slowCallMs }),
    slowCallRatio: ratio('slowCallRatio'),
    minVolume: reader.integer('minVolume', { default: breakerDefaults.minVolume, min: 1 }),
    windowMs: ms('windowMs'),
    openMs: ms('openMs'),
    maxOpenMs: ms('maxOpenMs'),
    openJitterPercent: reader.number('openJitterPercent', {
      default: breakerDefaults.openJitterPercent,
      min: 0,
      max: 100,
    }),
    halfOpenProbes: reader.integer('halfOpenProbes', { default: breakerDefaults.halfOpenProbes, min: 1 }),
  };
}
