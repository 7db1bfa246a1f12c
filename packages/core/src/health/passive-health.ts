// nginx's max_fails and fail_timeout: judges an endpoint by the outcomes of its real work. One instance per endpoint; no timers.
// What follows from the verdict is upstream/endpoint-selection.ts.
import type { Clock } from '../clock.ts';

/** When endpoints that fail are left alone for a while. */
export interface PassiveHealthOptions {
  /** How many failures within `failTimeoutMs` eject an endpoint, from 0 to 1000; 0 never ejects. @defaultValue 1 */
  readonly maxFails?: number;
  /**
   * Both how long a failure counts and how long an ejected endpoint stays out, in milliseconds. Then one lease tries it: success restores it,
   * failure ejects it again. @defaultValue 10000
   */
  readonly failTimeoutMs?: number | false;
  /** Whether ejected endpoints are used when all are ejected: better a try than a certain error. @defaultValue true */
  readonly panic?: boolean;
}

/** `PassiveHealthOptions`, complete. */
export interface ResolvedPassiveHealth {
  readonly maxFails: number;
  readonly failTimeoutMs: number;
  readonly panic: boolean;
}

/** The defaults; the numbers are nginx's. */
export const passiveHealthDefaults: ResolvedPassiveHealth = Object.freeze({
  maxFails: 1,
  failTimeoutMs: 10_000,
  panic: true,
});

/** What an outcome has changed. */
export type HealthVerdict = 'unchanged' | 'ejected' | 'recovered';

/**
 * The verdict on one endpoint.
 *
 * ```
 *  in rotation ──maxFails failures within failTimeoutMs──► ejected ──failTimeoutMs──► due ──lease──► on trial
 *       ▲                                                     ▲                        ▲                │
 *       │                                                     │            cancelled ──┴────────────────┤
 *       │                                                     └──────────── failed ─────────────────────┤
 *       └────────────────────────────────────────────────────────────────── ok ─────────────────────────┘
 * ```
 *
 * Each ejection begins a new term. A lease that was lent in an earlier term says how the endpoint was then, so its outcome no longer counts:
 * what was under way when an endpoint died neither prolongs its ejection nor ends it.
 */
export class PassiveHealth {
  /** How often it was ejected. */
  ejections = 0;
  readonly #options: ResolvedPassiveHealth;
  /** When the last `maxFails` failures of this term were, in a ring. */
  #failedAtMs: Float64Array | undefined;
  #failures = 0;
  #isOut = false;
  #outUntilMs = 0;
  #onTrial = false;
  #term = 0;

  constructor(options: ResolvedPassiveHealth) {
    this.#options = options;
  }

  /** Whether it is out of rotation: its time is not over, or a trial is under way. */
  isEjected(clock: Clock): boolean {
    return this.#isOut && clock.now() < this.#outUntilMs;
  }

  /** A lease begins; the first one after the ejection time is the trial. @returns the term, for the outcome */
  onLease(clock: Clock): number {
    if (this.#isOut) this.#tryAgain(clock.now());
    return this.#term;
  }

  /** A lease ended well: one success restores. */
  onOk(term: number): HealthVerdict {
    if (!this.#isOut || term !== this.#term) return 'unchanged';
    this.restore();
    return 'recovered';
  }

  /** A lease failed. On trial, one failure ejects again. */
  onFailed(term: number, nowMs: number): HealthVerdict {
    if (term !== this.#term || this.#options.maxFails === 0) return 'unchanged';
    // A failure in panic is what was to be expected.
    if (this.#isOut ? !this.#onTrial : !this.#isTooMany(nowMs)) return 'unchanged';
    this.#term++;
    this.#failures = 0;
    this.#isOut = true;
    this.#onTrial = false;
    this.#outUntilMs = nowMs + this.#options.failTimeoutMs;
    this.ejections++;
    return 'ejected';
  }

  /** A lease ended without a verdict. If it was the trial, the trial is still to come. */
  onCancelled(term: number, nowMs: number): void {
    if (!this.#onTrial || term !== this.#term) return;
    this.#onTrial = false;
    this.#outUntilMs = nowMs;
  }

  /** Forgets everything that speaks against the endpoint. */
  restore(): void {
    this.#isOut = false;
    this.#onTrial = false;
    this.#failures = 0;
  }

  #tryAgain(nowMs: number): void {
    if (nowMs < this.#outUntilMs) return;
    this.#onTrial = true;
    // As in nginx, the next trial is due after the same time, in case this one takes for ever.
    this.#outUntilMs = nowMs + this.#options.failTimeoutMs;
  }

  /** Notes a failure. Whether the last `maxFails` of them lie within `failTimeoutMs`. */
  #isTooMany(nowMs: number): boolean {
    const { maxFails, failTimeoutMs } = this.#options;
    const failedAtMs = (this.#failedAtMs ??= new Float64Array(maxFails));
    failedAtMs[this.#failures % maxFails] = nowMs;
    this.#failures++;
    const oldestMs = failedAtMs[this.#failures % maxFails] ?? nowMs;
    return this.#failures >= maxFails && nowMs - oldestMs <= failTimeoutMs;
  }
}
