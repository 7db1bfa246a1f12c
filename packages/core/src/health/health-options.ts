// What an upstream can be told about the health of its endpoints, the defaults, and the one place where both are read.
import type { OptionsReader } from '../options/options-reader.ts';
import { readOutliers, type OutlierOptions, type ResolvedOutlierOptions } from './outliers/outlier-options.ts';
import { readChecks, type CheckOptions, type ResolvedCheck } from './check-options.ts';
import type { Probe, ProbeFunction } from './probe.ts';

/** When endpoints get no work because something is wrong with them. */
export interface HealthOptions {
  /** How many failures within `failTimeoutMs` eject an endpoint, from 0 to 1000; 0 never ejects. @defaultValue 1 */
  readonly maxFails?: number;
  /**
   * Both how long a failure counts and how long an ejected endpoint stays out, in milliseconds. Then one lease tries it: success restores it,
   * failure ejects it again. @defaultValue 10000
   */
  readonly failTimeoutMs?: number | false;
  /** Whether endpoints that are ejected or unhealthy are used when all are: better a try than a certain error. @defaultValue true */
  readonly panic?: boolean;
  /** Active checks: an endpoint gets work only while all of them find it healthy. A probe by itself is a check with the defaults. @defaultValue none */
  readonly checks?: readonly (Probe | ProbeFunction | CheckOptions)[];
  /** Ejects endpoints that do worse than they should, or than the others; `true` is Envoy's way, with the defaults. @defaultValue false */
  readonly outliers?: boolean | OutlierOptions;
}

/** `HealthOptions`, complete. */
export interface ResolvedHealth {
  readonly maxFails: number;
  readonly failTimeoutMs: number;
  readonly panic: boolean;
  readonly checks: readonly ResolvedCheck[];
  readonly outliers: ResolvedOutlierOptions | undefined;
}

/** The defaults of `HealthOptions`; the numbers are nginx's. */
export const healthDefaults: ResolvedHealth = Object.freeze({
  maxFails: 1,
  failTimeoutMs: 10_000,
  panic: true,
  checks: Object.freeze([]),
  outliers: undefined,
});

/** Reads the option `health`. */
export function readHealth(reader: OptionsReader): ResolvedHealth {
  if (reader.raw('health') === false) return { ...healthDefaults, maxFails: 0 };
  return reader.nested('health', (health) => ({
    maxFails: health.integer('maxFails', { default: healthDefaults.maxFails, min: 0, max: 1000 }),
    failTimeoutMs: health.milliseconds('failTimeoutMs', { default: healthDefaults.failTimeoutMs }),
    panic: health.boolean('panic', { default: healthDefaults.panic }),
    checks: readChecks(health, 'checks'),
    outliers: readOutliers(health, 'outliers'),
  }));
}
