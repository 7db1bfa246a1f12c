// All that is known about the health of one endpoint, shared by its generations. Who learns it, and acts on it, is upstream-health.ts.
import type { Clock, Timer } from '../clock.ts';
import type { CircuitBreaker } from '../resilience/circuit-breaker.ts';
import { Ejection } from './ejection.ts';
import type { EndpointCheck } from './endpoint-check.ts';
import type { FailureWindow } from './failure-window.ts';
import type { OutlierCounters } from './outliers/outlier-counters.ts';
import type { EjectionDetector } from './outliers/outlier-sample.ts';
import { worstVerdict, type CheckVerdict } from './rise-and-fall.ts';
import type { WeightWish } from './weight-wish.ts';

/** The health of one endpoint. */
export class EndpointHealth {
  readonly ejection: Ejection = new Ejection();
  readonly failures: FailureWindow;
  /** There when outliers are looked for. */
  readonly outlier: OutlierCounters | undefined;
  readonly checks: readonly EndpointCheck[];
  /** There when endpoints have circuit breakers. */
  readonly circuit: CircuitBreaker | undefined;
  /** What the checks say together. */
  verdict: CheckVerdict;
  /** How much of its weight it has, as it has asked itself; 0 is no new work at all. */
  weightPercent = 100;
  /** What it has asked for other than by its checks, until the timer ends it. */
  wish: WeightWish | undefined = undefined;
  wishTimer: Timer | undefined = undefined;
  /** Who ejected it last, and why. */
  ejectedBy: EjectionDetector = 'max-fails';
  ejectedFor: string | undefined = undefined;
  /** When its last ejection ended. */
  backSinceMs = 0;
  /** Wakes the queue when the ejection is over. */
  trialTimer: Timer | undefined = undefined;

  constructor(
    failures: FailureWindow,
    checks: readonly EndpointCheck[],
    outlier?: OutlierCounters,
    circuit?: CircuitBreaker,
  ) {
    this.failures = failures;
    this.outlier = outlier;
    this.checks = checks;
    this.circuit = circuit;
    this.verdict = this.checkedVerdict;
  }

  /** Whether nothing is known that speaks against giving it work. */
  isFit(clock: Clock): boolean {
    return this.isWell(clock) && !this.isTripped;
  }

  /** Whether nothing but its circuit may be in the way of work. */
  isWell(clock: Clock): boolean {
    return this.weightPercent > 0 && this.verdict === 'healthy' && !this.ejection.isClosed(clock);
  }

  /** Whether nothing is wrong with it; it may still ask for no new work. */
  isSound(clock: Clock): boolean {
    return this.verdict === 'healthy' && !this.ejection.isClosed(clock) && !this.isTripped;
  }

  /** Whether its circuit lets nothing through now. */
  get isTripped(): boolean {
    return this.circuit?.allows() === false;
  }

  /** Whether the endpoint itself asks for no new work. */
  get asksToDrain(): boolean {
    return this.weightPercent === 0;
  }

  /** What the checks say together, asked anew. */
  get checkedVerdict(): CheckVerdict {
    return worstVerdict(this.checks.map(({ verdict }) => verdict));
  }

  /** The least that somebody wants its weight to be; `undefined` when nobody wants it lower. */
  get leastWish(): WeightWish | undefined {
    let least = this.wish;
    for (const { name, weightPercent, reason = '' } of this.checks) {
      if (weightPercent < (least?.weightPercent ?? 100)) least = { weightPercent, reason: `${name}: ${reason}` };
    }
    return least;
  }

  /** Forgets what real work has said against it. Its checks and wishes are not touched. */
  restore(): void {
    this.ejection.restore();
    this.failures.clear();
    this.outlier?.clear();
    this.trialTimer?.cancel();
  }

  /** Forgets everything but its checks, which begin anew by themselves: it has another address now. */
  forget(): void {
    this.restore();
    this.circuit?.reset();
    this.wish = undefined;
    this.wishTimer?.cancel();
  }
}
