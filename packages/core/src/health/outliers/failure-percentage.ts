// Detector: more than a share of an endpoint's work fails, whatever the others do.
import { listComparable, worstFirst, type Outlier, type OutlierSample } from './outlier-sample.ts';

/** When a share of failures is too large. */
export interface FailurePercentageOptions {
  /** The share of failures that is too large, in percent. @defaultValue 50 */
  readonly thresholdPercent?: number;
  /** With less work than this in an interval, an endpoint is not judged. @defaultValue 20 */
  readonly minRequests?: number;
  /** With fewer endpoints than this that could be judged, none is. @defaultValue 2 */
  readonly minEndpoints?: number;
}

/** The defaults of `FailurePercentageOptions`. */
export const failurePercentageDefaults: Readonly<Required<FailurePercentageOptions>> = Object.freeze({
  thresholdPercent: 50,
  minRequests: 20,
  minEndpoints: 2,
});

/** The endpoints whose share of failures is too large, worst first. */
export function findByFailurePercentage(
  samples: readonly OutlierSample[],
  options: Readonly<Required<FailurePercentageOptions>>,
): readonly Outlier[] {
  const outliers = listComparable(samples, options).flatMap((index): Outlier[] => {
    const { total = 1, failed = 0 } = samples[index] ?? {};
    const percent = (100 * failed) / total;
    if (percent < options.thresholdPercent) return [];
    return [{ index, severity: percent, reason: `${percent.toFixed(0)} % of ${total} requests failed` }];
  });
  return worstFirst(outliers);
}
