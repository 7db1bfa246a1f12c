// Detector: an endpoint succeeds clearly less often than the others do. Envoy's algorithm: below the mean by a multiple of the deviation.
import { listComparable, worstFirst, type Outlier, type OutlierSample } from './outlier-sample.ts';

/** When a success rate stands out. */
export interface SuccessRateOptions {
  /**
   * How many standard deviations below the mean of all endpoints stand out. One of N endpoints can be at most sqrt(N - 1) below, so with 1.9 it
   * takes five. @defaultValue 1.9
   */
  readonly deviations?: number;
  /** How many points below the mean it must be at least, in percent: while all is well, a single failure stands out too. @defaultValue 5 */
  readonly minGapPercent?: number;
  /** With less work than this in an interval, an endpoint is not judged. @defaultValue 100 */
  readonly minRequests?: number;
  /** With fewer endpoints than this that could be judged, none is. @defaultValue 5 */
  readonly minEndpoints?: number;
}

/** The defaults of `SuccessRateOptions`; all but the gap are Envoy's. */
export const successRateDefaults: Readonly<Required<SuccessRateOptions>> = Object.freeze({
  deviations: 1.9,
  minGapPercent: 5,
  minRequests: 100,
  minEndpoints: 5,
});

/** The endpoints whose success rate stands out, worst first. */
export function findBySuccessRate(
  samples: readonly OutlierSample[],
  options: Readonly<Required<SuccessRateOptions>>,
): readonly Outlier[] {
  const places = listComparable(samples, options);
  const rates = places.map((index) => {
    const { total = 1, failed = 0 } = samples[index] ?? {};
    return (100 * (total - failed)) / total;
  });
  const mean = rates.reduce((sum, rate) => sum + rate, 0) / rates.length;
  const variance = rates.reduce((sum, rate) => sum + (rate - mean) ** 2, 0) / rates.length;
  const threshold = mean - Math.max(options.deviations * Math.sqrt(variance), options.minGapPercent);
  const outliers = rates.flatMap((rate, place): Outlier[] => {
    if (rate >= threshold) return [];
    const reason = `${rate.toFixed(1)} % of its requests succeeded, ${mean.toFixed(1)} % of all`;
    return [{ index: places[place] ?? 0, severity: mean - rate, reason }];
  });
  return worstFirst(outliers);
}
