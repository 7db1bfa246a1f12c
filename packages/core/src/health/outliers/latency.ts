// Detector: an endpoint answers, but takes several times as long as the others do.
import { listComparable, worstFirst, type Outlier, type OutlierSample } from './outlier-sample.ts';

/** When a latency stands out. */
export interface LatencyOutlierOptions {
  /** How many times the median of all endpoints stands out. @defaultValue 3 */
  readonly factor?: number;
  /** How much longer than that median it must be at least, in milliseconds. @defaultValue 50 */
  readonly minExcessMs?: number;
  /** Which latency of an endpoint is looked at: the one that this share of its requests does not exceed, in percent. @defaultValue 50 */
  readonly percentile?: number;
  /** With less work than this in an interval, an endpoint is not judged. @defaultValue 20 */
  readonly minRequests?: number;
  /** With fewer endpoints than this that could be judged, none is; at least 3. @defaultValue 3 */
  readonly minEndpoints?: number;
}

/** The defaults of `LatencyOutlierOptions`. */
export const latencyOutlierDefaults: Readonly<Required<LatencyOutlierOptions>> = Object.freeze({
  factor: 3,
  minExcessMs: 50,
  percentile: 50,
  minRequests: 20,
  minEndpoints: 3,
});

/** The endpoints whose latency stands out, worst first. */
export function findByLatency(
  samples: readonly OutlierSample[],
  options: Readonly<Required<LatencyOutlierOptions>>,
): readonly Outlier[] {
  const places = listComparable(samples, options).filter((index) => samples[index]?.latencyMs !== undefined);
  if (places.length < options.minEndpoints) return [];
  const latencies = places.map((index) => samples[index]?.latencyMs ?? 0);
  // Of an even number, the lower of the two in the middle: the slow half must not decide what is usual.
  const median = latencies.toSorted((one, other) => one - other)[(latencies.length - 1) >> 1] ?? 0;
  const threshold = Math.max(options.factor * median, median + options.minExcessMs);
  const outliers = latencies.flatMap((latencyMs, place): Outlier[] => {
    if (latencyMs <= threshold) return [];
    const reason = `took ${latencyMs.toFixed(0)} ms where ${median.toFixed(0)} ms is usual`;
    return [{ index: places[place] ?? 0, severity: latencyMs, reason }];
  });
  return worstFirst(outliers);
}
