// What one endpoint's work of the last interval came to, and what detectors make of it. The detectors are files of their own; all are pure.

/** The work of one endpoint in one interval. */
export interface OutlierSample {
  /** Leases that ended with a verdict. */
  readonly total: number;
  /** Those of them that failed. */
  readonly failed: number;
  /** A latency that a share of the work did not exceed, in milliseconds; `undefined` when too little of it was measured. */
  readonly latencyMs: number | undefined;
}

/** Who can eject an endpoint. */
export type EjectionDetector = 'max-fails' | 'consecutive-failures' | 'failure-percentage' | 'success-rate' | 'latency';

/** An endpoint that stands out. */
export interface Outlier {
  /** Its place in the samples. */
  readonly index: number;
  /** What made it stand out, in a few words for people. */
  readonly reason: string;
  /** How far it stands out, beside others that the same detector has found. */
  readonly severity: number;
}

/** The worst first: there may not be room to eject them all. */
export function worstFirst(outliers: readonly Outlier[]): readonly Outlier[] {
  return outliers.toSorted((one, other) => other.severity - one.severity);
}

/** The places of the samples that are worth looking at; none when there are too few of those. */
export function listComparable(
  samples: readonly OutlierSample[],
  { minRequests, minEndpoints }: { readonly minRequests: number; readonly minEndpoints: number },
): readonly number[] {
  const places = samples.flatMap(({ total }, index) => (total >= minRequests && total > 0 ? [index] : []));
  return places.length >= minEndpoints ? places : [];
}
