// What outlier detection can be told, its defaults, and the one place where both are read.
import type { OptionsReader } from '../../options/options-reader.ts';
import type { EjectionTimes } from './ejection-time.ts';
import { failurePercentageDefaults, type FailurePercentageOptions } from './failure-percentage.ts';
import { latencyOutlierDefaults, type LatencyOutlierOptions } from './latency.ts';
import { successRateDefaults, type SuccessRateOptions } from './success-rate.ts';

/** When endpoints are ejected because they do worse than they should, or than the others do. */
export interface OutlierOptions {
  /** How many failures in a row eject an endpoint at once; 0 never does. Unlike `maxFails`, bad answers count too. @defaultValue 5 */
  readonly consecutiveFailures?: number;
  /** Ejects an endpoint when too much of its work fails. @defaultValue more than half of 20 requests or more */
  readonly failurePercentage?: false | FailurePercentageOptions;
  /** Ejects an endpoint that succeeds less often than the others. @defaultValue 1.9 standard deviations of five endpoints or more */
  readonly successRate?: false | SuccessRateOptions;
  /** Ejects an endpoint that takes longer than the others. Requests are timed for it. @defaultValue false; `{}` is three times the median */
  readonly latency?: false | LatencyOutlierOptions;
  /** How often the endpoints are compared, by their work since the last time, in milliseconds. @defaultValue 10000 */
  readonly intervalMs?: number;
  /** How long the first ejection lasts, in milliseconds. The second in a row lasts twice as long, and so on. @defaultValue 30000 */
  readonly baseEjectionMs?: number;
  /** The longest ejection, in milliseconds. @defaultValue 300000 */
  readonly maxEjectionMs?: number;
  /** How much longer an ejection may be by chance, in percent: endpoints must not all come back at once. @defaultValue 10 */
  readonly ejectionJitterPercent?: number;
  /**
   * The largest share of the endpoints in service that may be out for reasons of health when another is ejected, in percent; one of several
   * always may. What fails everywhere is not the endpoint's fault. `maxFails` is not bound by it. @defaultValue 50
   */
  readonly maxEjectionPercent?: number;
}

/** `OutlierOptions`, complete. */
export interface ResolvedOutlierOptions extends EjectionTimes {
  readonly consecutiveFailures: number;
  readonly failurePercentage: Readonly<Required<FailurePercentageOptions>> | undefined;
  readonly successRate: Readonly<Required<SuccessRateOptions>> | undefined;
  readonly latency: Readonly<Required<LatencyOutlierOptions>> | undefined;
  readonly maxEjectionPercent: number;
}

/** The defaults of the plain values of `OutlierOptions`; the times are Envoy's. */
export const outlierDefaults: Readonly<
  EjectionTimes & Pick<ResolvedOutlierOptions, 'consecutiveFailures' | 'maxEjectionPercent'>
> = Object.freeze({
  consecutiveFailures: 5,
  intervalMs: 10_000,
  baseEjectionMs: 30_000,
  maxEjectionMs: 300_000,
  ejectionJitterPercent: 10,
  maxEjectionPercent: 50,
});

/** Reads the option `outliers`: `true` is all defaults; without it there is no detection. */
export function readOutliers(reader: OptionsReader, key: string): ResolvedOutlierOptions | undefined {
  const value = reader.raw(key) ?? false;
  if (value === false) return undefined;
  return value === true ? reader.at({}, key, readOutlierOptions) : reader.nested(key, readOutlierOptions);
}

function readOutlierOptions(reader: OptionsReader): ResolvedOutlierOptions {
  const ms = (name: 'intervalMs' | 'baseEjectionMs' | 'maxEjectionMs'): number =>
    reader.number(name, { default: outlierDefaults[name], min: 1 });
  const percent = (name: 'ejectionJitterPercent' | 'maxEjectionPercent'): number =>
    reader.number(name, { default: outlierDefaults[name], min: 0, max: 100 });
  return {
    consecutiveFailures: reader.integer('consecutiveFailures', {
      default: outlierDefaults.consecutiveFailures,
      min: 0,
    }),
    failurePercentage: readUnlessOff(reader, 'failurePercentage', {}, readFailurePercentage),
    successRate: readUnlessOff(reader, 'successRate', {}, readSuccessRate),
    latency: readUnlessOff(reader, 'latency', false, readLatency),
    intervalMs: ms('intervalMs'),
    baseEjectionMs: ms('baseEjectionMs'),
    maxEjectionMs: ms('maxEjectionMs'),
    ejectionJitterPercent: percent('ejectionJitterPercent'),
    maxEjectionPercent: percent('maxEjectionPercent'),
  };
}

function readUnlessOff<Result>(
  reader: OptionsReader,
  key: string,
  usual: false | object,
  read: (reader: OptionsReader) => Result,
): Result | undefined {
  return (reader.raw(key) ?? usual) === false ? undefined : reader.nested(key, read);
}

function readVolume(
  reader: OptionsReader,
  usual: { readonly minRequests: number; readonly minEndpoints: number },
  fewest: number,
): { readonly minRequests: number; readonly minEndpoints: number } {
  return {
    minRequests: reader.integer('minRequests', { default: usual.minRequests, min: 1 }),
    minEndpoints: reader.integer('minEndpoints', { default: usual.minEndpoints, min: fewest }),
  };
}

function readFailurePercentage(reader: OptionsReader): Readonly<Required<FailurePercentageOptions>> {
  const { thresholdPercent } = failurePercentageDefaults;
  return {
    thresholdPercent: reader.number('thresholdPercent', { default: thresholdPercent, min: 1, max: 100 }),
    ...readVolume(reader, failurePercentageDefaults, 2),
  };
}

function readSuccessRate(reader: OptionsReader): Readonly<Required<SuccessRateOptions>> {
  return {
    deviations: reader.number('deviations', { default: successRateDefaults.deviations, min: 0 }),
    minGapPercent: reader.number('minGapPercent', { default: successRateDefaults.minGapPercent, min: 0, max: 100 }),
    ...readVolume(reader, successRateDefaults, 2),
  };
}

function readLatency(reader: OptionsReader): Readonly<Required<LatencyOutlierOptions>> {
  const { factor, minExcessMs, percentile } = latencyOutlierDefaults;
  return {
    factor: reader.number('factor', { default: factor, min: 1 }),
    minExcessMs: reader.number('minExcessMs', { default: minExcessMs, min: 0 }),
    percentile: reader.number('percentile', { default: percentile, min: 1, max: 100 }),
    ...readVolume(reader, latencyOutlierDefaults, 3),
  };
}
