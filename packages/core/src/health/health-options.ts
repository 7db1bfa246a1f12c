// What an upstream can be told about the health of its endpoints, the defaults, and the one place where both are read.
import { describeValue } from '../options/describe-value.ts';
import type { OptionsReader } from '../options/options-reader.ts';
import { readOutliers, type OutlierOptions, type ResolvedOutlierOptions } from './outliers/outlier-options.ts';
import { readChecks, type CheckOptions, type ResolvedCheck } from './check-options.ts';
import type { Probe, ProbeFunction } from './probe.ts';

/** What happens when too few endpoints are healthy: all are used, nothing special does, or work is refused. */
export type PanicMode = boolean | 'fail';

/** When endpoints get no work because something is wrong with them. */
export interface HealthOptions {
  /** How many failures within `failTimeoutMs` eject an endpoint, from 0 to 1000; 0 never ejects. @defaultValue 1 */
  readonly maxFails?: number;
  /**
   * Both how long a failure counts and how long an ejected endpoint stays out, in milliseconds. Then one lease tries it: success restores it,
   * failure ejects it again. @defaultValue 10000
   */
  readonly failTimeoutMs?: number | false;
  /**
   * What happens when too few endpoints are healthy. `true` uses those that are ejected or unhealthy, too: better a try than a certain error.
   * `false` gives everything to the few, and refuses work when there is none. `'fail'` refuses it as soon as they are too few, to spare them.
   * @defaultValue true
   */
  readonly panic?: PanicMode;
  /**
   * How much of a tier, by weight and in per cent, must be healthy, or it panics; a tier whose loss others make up for does not. 0 is: only when
   * nobody is healthy at all. Envoy takes 50, for fleets with active checks, where half of a fleet failing at once says more about the checks. With two
   * or three endpoints, and failures of real work as evidence, the same number would send work to the dead that the living can still do; so it is
   * for you to raise. @defaultValue 0
   */
  readonly panicThresholdPercent?: number;
  /** Active checks: an endpoint gets work only while all of them find it healthy. A probe by itself is a check with the defaults. @defaultValue none */
  readonly checks?: readonly (Probe | ProbeFunction | CheckOptions)[];
  /** Ejects endpoints that do worse than they should, or than the others; `true` is Envoy's way, with the defaults. @defaultValue false */
  readonly outliers?: boolean | OutlierOptions;
}

/** `HealthOptions`, complete. */
export interface ResolvedHealth {
  readonly maxFails: number;
  readonly failTimeoutMs: number;
  readonly panic: PanicMode;
  readonly panicThresholdPercent: number;
  readonly checks: readonly ResolvedCheck[];
  readonly outliers: ResolvedOutlierOptions | undefined;
}

/** The defaults of `HealthOptions`; the numbers are nginx's. */
export const healthDefaults: ResolvedHealth = Object.freeze({
  maxFails: 1,
  failTimeoutMs: 10_000,
  panic: true,
  panicThresholdPercent: 0,
  checks: Object.freeze([]),
  outliers: undefined,
});

/** Reads the option `health`. */
export function readHealth(reader: OptionsReader): ResolvedHealth {
  if (reader.raw('health') === false) return { ...healthDefaults, maxFails: 0 };
  return reader.nested('health', (health) => ({
    maxFails: health.integer('maxFails', { default: healthDefaults.maxFails, min: 0, max: 1000 }),
    failTimeoutMs: health.milliseconds('failTimeoutMs', { default: healthDefaults.failTimeoutMs }),
    panic: readPanic(health),
    panicThresholdPercent: health.number('panicThresholdPercent', {
      default: healthDefaults.panicThresholdPercent,
      min: 0,
      max: 100,
    }),
    checks: readChecks(health, 'checks'),
    outliers: readOutliers(health, 'outliers'),
  }));
}

function readPanic(health: OptionsReader): PanicMode {
  const value = health.raw('panic') ?? healthDefaults.panic;
  if (typeof value === 'boolean' || value === 'fail') return value;
  health.issue('panic', `must be true, false or "fail", got ${describeValue(value)}`);
  return healthDefaults.panic;
}
