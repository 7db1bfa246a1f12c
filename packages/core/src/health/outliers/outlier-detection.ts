// Looks for outliers among the endpoints of one upstream, interval by interval, and at each failure in between. What an ejection means is
// ../ejection.ts; this file says who is ejected, and for how long.
import type { Clock, Timer } from '../../clock.ts';
import type { Random } from '../../random.ts';
import type { LiveEndpoint } from '../../upstream/live-endpoint.ts';
import { judgeFailuresInARow } from './consecutive-failures.ts';
import { mayEjectAnother } from './ejection-budget.ts';
import { ejectionTimeMs, remainingStreak } from './ejection-time.ts';
import { findByFailurePercentage } from './failure-percentage.ts';
import { findByLatency } from './latency.ts';
import { OutlierCounters } from './outlier-counters.ts';
import type { ResolvedOutlierOptions } from './outlier-options.ts';
import type { EjectionDetector, Outlier, OutlierSample } from './outlier-sample.ts';
import { findBySuccessRate } from './success-rate.ts';

/** What detection needs of its upstream. */
export interface DetectionHome {
  readonly clock: Clock;
  readonly random: Random;
  /** All endpoints at this moment. */
  readonly endpoints: () => readonly LiveEndpoint[];
  readonly eject: (endpoint: LiveEndpoint, detector: EjectionDetector, reason: string) => void;
}

/** The detection of one upstream. */
export class OutlierDetection {
  readonly #options: ResolvedOutlierOptions;
  readonly #home: DetectionHome;
  /** Runs only when there was work since it ran last, so that an upstream that nobody uses costs nothing. */
  #timer: Timer | undefined;
  #isClosed = false;

  constructor(options: ResolvedOutlierOptions, home: DetectionHome) {
    this.#options = options;
    this.#home = home;
  }

  /** The counters of a new endpoint. */
  createCounters(): OutlierCounters {
    return new OutlierCounters(this.#options.latency !== undefined);
  }

  /** Notes work that was done. */
  onOk(counters: OutlierCounters, latencyMs: number | undefined): void {
    counters.onOk(latencyMs);
    if (this.#timer === undefined) this.#arm();
  }

  /** Notes work that failed. @returns why the endpoint is to be ejected now, if it is */
  onFailed(counters: OutlierCounters, latencyMs: number | undefined): string | undefined {
    counters.onFailed(latencyMs);
    if (this.#timer === undefined) this.#arm();
    const reason = judgeFailuresInARow(counters.inARow, this.#options.consecutiveFailures);
    return reason === undefined || !this.#hasRoom() ? undefined : reason;
  }

  /** How long an endpoint is out that is ejected now, and was back for so long. */
  nextEjectionMs(counters: OutlierCounters, backForMs: number): number {
    counters.streak = remainingStreak(this.#options, counters.streak, backForMs) + 1;
    return ejectionTimeMs(this.#options, counters.streak, this.#home.random());
  }

  /** Compares no more. */
  close(): void {
    this.#isClosed = true;
    this.#timer?.cancel();
  }

  #arm(): void {
    if (this.#isClosed) return;
    this.#timer = this.#home.clock.setTimer(() => this.#compare(), this.#options.intervalMs);
  }

  /** The end of an interval. */
  #compare(): void {
    this.#timer = undefined;
    const { failurePercentage, successRate, latency } = this.#options;
    const endpoints = this.#home.endpoints();
    const samples = endpoints.map((endpoint) => this.#sample(endpoint));
    const eject = (detector: EjectionDetector, outliers: readonly Outlier[]): void => {
      for (const { index, reason } of outliers) {
        const endpoint = endpoints[index];
        if (endpoint !== undefined && isIn(endpoint) && this.#hasRoom()) this.#home.eject(endpoint, detector, reason);
      }
    };
    if (failurePercentage !== undefined) {
      eject('failure-percentage', findByFailurePercentage(samples, failurePercentage));
    }
    if (successRate !== undefined) eject('success-rate', findBySuccessRate(samples, successRate));
    if (latency !== undefined) eject('latency', findByLatency(samples, latency));
  }

  #sample(endpoint: LiveEndpoint): OutlierSample {
    const { latency } = this.#options;
    const sample = endpoint.counters.health.outlier?.take(latency?.percentile ?? 50, latency?.minRequests ?? 0);
    return sample === undefined || !endpoint.isInService || !isIn(endpoint) ? noWork : sample;
  }

  #hasRoom(): boolean {
    const inService = this.#home.endpoints().filter((endpoint) => endpoint.isInService);
    const out = inService.filter((endpoint) => !isIn(endpoint)).length;
    return mayEjectAnother(out, inService.length, this.#options.maxEjectionPercent);
  }
}

/** Whether its health has not taken it away; an endpoint whose trial is due, or under way, is not back yet. */
function isIn({ isFit, counters }: LiveEndpoint): boolean {
  return isFit && !counters.health.ejection.isOut;
}

const noWork: OutlierSample = Object.freeze({ total: 0, failed: 0, latencyMs: undefined });
