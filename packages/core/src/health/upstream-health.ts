// The health of an upstream's endpoints: what is learned about them comes in, and changes what they may be used for.
//
//   outcomes of leases ──► failure window, outliers ──► ejection, trial, recovery ──┐
//   probes             ──► rise and fall            ──► verdict                   ──┼──► LiveEndpoint.state ──► selection, panic, queue
//   wishes             ──► least of them            ──► weight, drain             ──┘
//
// An endpoint gets work while all three allow it. Which states there are, and which is told first, is LiveEndpoint; what happens when none
// is left is EndpointSelection.
import type { Clock } from '../clock.ts';
import type { Endpoint } from '../endpoint/endpoint.ts';
import type { Events } from '../events.ts';
import { describeValue } from '../options/describe-value.ts';
import type { Random } from '../random.ts';
import type { CircuitBreaker } from '../resilience/circuit-breaker.ts';
import type { Outcome } from '../upstream/lease.ts';
import type { LiveEndpoint } from '../upstream/live-endpoint.ts';
import type { UpstreamEvents } from '../upstream/upstream-events.ts';
import { EndpointCheck, type CheckEnvironment } from './endpoint-check.ts';
import { EndpointHealth } from './endpoint-health.ts';
import { FailureWindow } from './failure-window.ts';
import type { ResolvedHealth } from './health-options.ts';
import { OutlierDetection } from './outliers/outlier-detection.ts';
import type { EjectionDetector } from './outliers/outlier-sample.ts';
import type { ProbeResult } from './probe.ts';
import type { WeightWish } from './weight-wish.ts';

/** What health needs of its upstream. */
export interface HealthHome {
  readonly clock: Clock;
  readonly random: Random;
  /** All endpoints at this moment. */
  readonly endpoints: () => readonly LiveEndpoint[];
  readonly emit: Events<UpstreamEvents>['emit'];
  /** Called when more, or less, is usable than before. */
  readonly onChange: () => void;
  /** Called when less is usable because work begins: an endpoint is on trial. */
  readonly onTrial: () => void;
}

interface EjectionCause {
  readonly detector: EjectionDetector;
  readonly reason: string;
  readonly error: unknown;
}

/** Keeps the health of all endpoints of one upstream. */
export class UpstreamHealth {
  readonly #options: ResolvedHealth;
  readonly #home: HealthHome;
  readonly #outliers: OutlierDetection | undefined;
  #isClosed = false;

  constructor(options: ResolvedHealth, home: HealthHome) {
    this.#options = options;
    this.#home = home;
    if (options.outliers === undefined) return;
    this.#outliers = new OutlierDetection(options.outliers, {
      clock: home.clock,
      random: home.random,
      endpoints: home.endpoints,
      eject: (endpoint, detector, reason) => this.#eject(endpoint, { detector, reason, error: undefined }),
    });
  }

  /** The health of a new endpoint. Its checks begin when it is followed. */
  create(circuit?: CircuitBreaker): EndpointHealth {
    const { maxFails, failTimeoutMs, checks } = this.#options;
    const { clock, random } = this.#home;
    const environment: CheckEnvironment = {
      clock,
      random,
      onProbed: (check, endpoint, result) => this.#onProbed(health, check, endpoint, result),
    };
    const health = new EndpointHealth(
      new FailureWindow(maxFails, failTimeoutMs),
      checks.map((check) => new EndpointCheck(check, environment)),
      this.#outliers?.createCounters(),
      circuit,
    );
    return health;
  }

  /** Begins, goes on with or stops what is done for an endpoint on the side, by what it is now: in service, out of it by hand, or gone. */
  follow(endpoint: LiveEndpoint): void {
    const { health, isGone } = endpoint.counters;
    const isWatched = endpoint.isInService && !isGone && !this.#isClosed;
    for (const check of health.checks) {
      if (isWatched) check.follow(endpoint);
      else check.stop();
    }
    if (isWatched) health.verdict = health.checkedVerdict;
    this.#settleWeight(health, endpoint);
    if (isGone || this.#isClosed) {
      health.trialTimer?.cancel();
      health.wishTimer?.cancel();
    }
  }

  /** Stops everything that is done on the side. Outcomes still count. */
  close(endpoints: readonly LiveEndpoint[]): void {
    this.#isClosed = true;
    this.#outliers?.close();
    for (const endpoint of endpoints) this.follow(endpoint);
  }

  /** A lease begins. @returns the term that its outcome will be held against */
  onLease(endpoint: LiveEndpoint): number {
    const { health } = endpoint.counters;
    const { ejection } = health;
    const { clock, onChange, onTrial } = this.#home;
    const isTrial = ejection.isOut && !ejection.isClosed(clock);
    const term = ejection.onLease(clock);
    if (!isTrial) return term;
    // The trial may take for ever: then the next one is due.
    health.trialTimer?.cancel();
    if (!this.#isClosed) health.trialTimer = clock.setTimer(onChange, ejection.lengthMs);
    onTrial();
    return term;
  }

  /**
   * Takes an outcome.
   *
   * @param isReplaceable - Whether there is another endpoint to ask. As in nginx, a lone one is never ejected.
   */
  judge(endpoint: LiveEndpoint, term: number, outcome: Outcome, isReplaceable: boolean): void {
    const { ejection, outlier } = endpoint.counters.health;
    if (outcome.result === 'cancelled') {
      if (ejection.onCancelled(term, this.#home.clock)) this.#home.onChange();
      return;
    }
    if (term !== ejection.term) return;
    // Where nobody looks for outliers, an answer is a sign of life, however bad it is.
    if (outcome.result === 'ok' || (outcome.answered === true && outlier === undefined)) {
      if (outlier !== undefined) this.#outliers?.onOk(outlier, outcome.latencyMs);
      if (ejection.onOk(term)) this.#onRecovered(endpoint);
    } else if (isReplaceable) this.#onFailed(endpoint, outcome);
  }

  /** Notes what an endpoint wants of its weight, for so long. */
  wish(endpoint: LiveEndpoint, wish: WeightWish, holdMs: number): void {
    const { health } = endpoint.counters;
    if (this.#isClosed) return;
    health.wishTimer?.cancel();
    health.wish = wish.weightPercent < 100 ? wish : undefined;
    health.wishTimer = undefined;
    if (health.wish !== undefined) {
      health.wishTimer = this.#home.clock.setTimer(() => {
        health.wish = undefined;
        this.#settleWeight(health, endpoint);
      }, holdMs);
    }
    this.#settleWeight(health, endpoint);
  }

  #onFailed(endpoint: LiveEndpoint, { error, answered, latencyMs }: Outcome): void {
    const { health } = endpoint.counters;
    const { ejection, failures, outlier } = health;
    if (ejection.isOut) {
      // A failure in panic is what was to be expected.
      if (ejection.isOnTrial) this.#eject(endpoint, { detector: health.ejectedBy, reason: 'the trial failed', error });
      return;
    }
    const inARow = outlier === undefined ? undefined : this.#outliers?.onFailed(outlier, latencyMs);
    if (answered !== true && failures.add(this.#home.clock.now())) {
      const { maxFails } = this.#options;
      this.#eject(endpoint, {
        detector: 'max-fails',
        reason: maxFails === 1 ? 'a failure' : `${maxFails} failures`,
        error,
      });
    } else if (inARow !== undefined) this.#eject(endpoint, { detector: 'consecutive-failures', reason: inARow, error });
  }

  #eject(endpoint: LiveEndpoint, { detector, reason, error }: EjectionCause): void {
    const { clock, emit, onChange } = this.#home;
    const { health } = endpoint.counters;
    const nowMs = clock.now();
    const ejectedMs = this.#ejectionMs(health, detector, nowMs);
    const why = error === undefined ? reason : `${reason}: ${describeError(error)}`;
    health.restore();
    health.ejection.eject(nowMs, ejectedMs);
    health.ejectedBy = detector;
    health.ejectedFor = why;
    if (!this.#isClosed) health.trialTimer = clock.setTimer(onChange, ejectedMs);
    emit('endpoint-ejected', { endpoint, detector, reason: why, error, ejectedMs });
    // Those who waited for this endpoint alone must hear of it.
    onChange();
  }

  #ejectionMs({ outlier, ejection, backSinceMs }: EndpointHealth, detector: EjectionDetector, nowMs: number): number {
    const detection = this.#outliers;
    if (detector === 'max-fails' || outlier === undefined || detection === undefined)
      return this.#options.failTimeoutMs;
    return detection.nextEjectionMs(outlier, ejection.isOut ? 0 : nowMs - backSinceMs);
  }

  #onRecovered(endpoint: Endpoint): void {
    const { counters } = endpoint as LiveEndpoint;
    const { health } = counters;
    health.restore();
    health.backSinceMs = this.#home.clock.now();
    counters.rampStartMs = health.backSinceMs;
    this.#home.emit('endpoint-recovered', { endpoint });
    this.#home.onChange();
  }

  #onProbed(health: EndpointHealth, check: EndpointCheck, endpoint: Endpoint, result: ProbeResult): void {
    const before = health.verdict;
    const verdict = health.checkedVerdict;
    health.verdict = verdict;
    if (result.healthy) this.#settleWeight(health, endpoint);
    if (verdict === before || verdict === 'unknown') return;
    const { emit, onChange } = this.#home;
    const { name, reason = '' } = check;
    emit(`endpoint-${verdict}`, { endpoint, check: name, reason });
    // What comes back by its checks starts with a clean record: its old failures were another life's.
    if (verdict === 'healthy' && before === 'unhealthy') {
      if (health.ejection.isOut) this.#onRecovered(endpoint);
      else {
        health.restore();
        (endpoint as LiveEndpoint).counters.rampStartMs = this.#home.clock.now();
      }
    }
    onChange();
  }

  #settleWeight(health: EndpointHealth, endpoint: Endpoint): void {
    const least = health.leastWish;
    const weightPercent = least?.weightPercent ?? 100;
    if (weightPercent === health.weightPercent) return;
    health.weightPercent = weightPercent;
    this.#home.emit('endpoint-reweighted', { endpoint, weightPercent, reason: least?.reason });
    this.#home.onChange();
  }
}

/** What an outcome's error says, for people. */
function describeError(error: unknown): string {
  return error instanceof Error ? error.message : describeValue(error);
}
