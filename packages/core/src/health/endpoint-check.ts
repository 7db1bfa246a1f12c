// One check on one endpoint: probes it again and again, in time, and forms a verdict. What follows from that is upstream-health.ts.
import { createAbortScope, type OwnedAbortScope } from '../abort-scope.ts';
import type { Clock, Timer } from '../clock.ts';
import type { Endpoint } from '../endpoint/endpoint.ts';
import { coreError } from '../errors.ts';
import { describeValue } from '../options/describe-value.ts';
import type { Random } from '../random.ts';
import type { ResolvedCheck } from './check-options.ts';
import { firstWaitMs, nextWaitMs } from './probe-schedule.ts';
import type { ProbeResult } from './probe.ts';
import { RiseAndFall, type CheckVerdict } from './rise-and-fall.ts';

/** One active check of one endpoint, at one moment. */
export interface CheckStats {
  /** The check's name. */
  readonly name: string;
  /** What it says of the endpoint. */
  readonly verdict: CheckVerdict;
  /** Probes so far. */
  readonly probes: number;
  /** Those of them that failed. */
  readonly failures: number;
  /** What the last probe saw; `undefined` before the first. */
  readonly reason: string | undefined;
  /** How long the last probe took, in milliseconds. */
  readonly durationMs: number | undefined;
}

/** What a check needs from outside. */
export interface CheckEnvironment {
  readonly clock: Clock;
  readonly random: Random;
  /** Hears of every probe, after the verdict was formed. */
  readonly onProbed: (check: EndpointCheck, endpoint: Endpoint, result: ProbeResult) => void;
}

/** Made once: an error costs its stack trace, and this one nobody reads. */
const stopped = coreError('SLUICE_SHUTTING_DOWN', 'nobody wants to know any more');

/** A check that runs while it follows an endpoint. */
export class EndpointCheck {
  readonly name: string;
  /** What the last probe saw. */
  reason: string | undefined;
  /** Its part in what the endpoint wants of its weight. */
  weightPercent = 100;
  /** When the verdict became what it is. */
  sinceMs = 0;
  #probes = 0;
  #failures = 0;
  #durationMs: number | undefined;
  readonly #options: ResolvedCheck;
  readonly #environment: CheckEnvironment;
  #state: RiseAndFall;
  #endpoint: Endpoint | undefined;
  #timer: Timer | undefined;
  /** The probe under way. */
  #scope: OwnedAbortScope | undefined;

  constructor(options: ResolvedCheck, environment: CheckEnvironment) {
    this.name = options.name;
    this.#options = options;
    this.#environment = environment;
    this.#state = new RiseAndFall(options.initialState, options);
  }

  get verdict(): CheckVerdict {
    return this.#state.verdict;
  }

  /** How near the verdict is to its end: `1 of 3 probes failed`; `undefined` when nothing speaks against it. */
  get doubt(): string | undefined {
    const { against, limit, verdict } = this.#state;
    if (against === 0) return undefined;
    return `${against} of ${limit} ${verdict === 'healthy' ? 'failures' : 'successes'}`;
  }

  /** Probes this endpoint from now on. What is known holds for as long as it is the same address, without a pause in between. */
  follow(endpoint: Endpoint): void {
    const isSame = this.#endpoint?.address.href === endpoint.address.href;
    if (!isSame) this.#begin();
    this.#endpoint = endpoint;
  }

  /** Stops, in the middle of a probe too. Following starts anew. */
  stop(): void {
    this.#endpoint = undefined;
    this.#timer?.cancel();
    const scope = this.#scope;
    this.#scope = undefined;
    scope?.abort(stopped);
  }

  stats(): CheckStats {
    const { name, verdict, reason } = this;
    return { name, verdict, probes: this.#probes, failures: this.#failures, reason, durationMs: this.#durationMs };
  }

  #begin(): void {
    this.stop();
    const { clock, random } = this.#environment;
    this.#state = new RiseAndFall(this.#options.initialState, this.#options);
    this.reason = undefined;
    this.weightPercent = 100;
    this.sinceMs = clock.now();
    this.#timer = clock.setTimer(() => this.#probe(), firstWaitMs(this.#options, random()));
  }

  #probe(): void {
    const endpoint = this.#endpoint;
    if (endpoint === undefined) return;
    const { clock } = this.#environment;
    const { timeoutMs, probe } = this.#options;
    const startedMs = clock.now();
    const scope = createAbortScope();
    this.#scope = scope;
    const deadline = clock.setTimer(() => {
      scope.abort(coreError('SLUICE_PROBE_TIMEOUT', `no verdict within ${timeoutMs} ms`));
    }, timeoutMs);
    const finish = (result: ProbeResult): void => {
      deadline.cancel();
      // A probe that does not heed its scope may end when it has been given up, or nobody wants to know.
      if (this.#scope !== scope) return;
      this.#scope = undefined;
      scope.close();
      this.#durationMs = clock.now() - startedMs;
      this.#take(result);
    };
    const fail = (error: unknown): void => finish({ healthy: false, reason: describeError(error) });
    scope.onAbort(fail);
    void Promise.resolve()
      .then(() => probe(endpoint, scope))
      .then((result) => finish(checkResult(result)), fail);
  }

  #take(result: ProbeResult): void {
    const { clock, random, onProbed } = this.#environment;
    this.#probes++;
    if (!result.healthy) this.#failures++;
    else this.weightPercent = result.weightPercent ?? 100;
    this.reason = result.reason ?? (result.healthy ? 'healthy' : 'unhealthy');
    if (this.#state.note(result.healthy)) this.sinceMs = clock.now();
    this.#timer = clock.setTimer(() => this.#probe(), nextWaitMs(this.#options, this.#state, random()));
    if (this.#endpoint !== undefined) onProbed(this, this.#endpoint, result);
  }
}

/** Results come from functions of users, who may write JavaScript. */
function checkResult(result: ProbeResult | undefined): ProbeResult {
  if (typeof result?.healthy !== 'boolean') return { healthy: false, reason: 'the probe returned no result' };
  const { weightPercent = 100 } = result;
  if (weightPercent >= 0 && weightPercent <= 100) return result;
  return { healthy: false, reason: `the probe returned a weight of ${weightPercent} %` };
}

function describeError(error: unknown): string {
  return error instanceof Error ? error.message : describeValue(error);
}
