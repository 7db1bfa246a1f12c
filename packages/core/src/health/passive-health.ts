// nginx's max_fails and fail_timeout: judges an endpoint by the outcomes of its real work. One instance per endpoint; no timers.

/** When endpoints are ejected. */
export interface PassiveHealthOptions {
  /** Failures within `failTimeoutMs` after which an endpoint is ejected; 0 never ejects. @defaultValue 1 */
  readonly maxFails?: number;
  /** Both the time in which failures are counted and the time an ejected endpoint stays out. @defaultValue 10000 */
  readonly failTimeoutMs?: number;
  /** Whether ejected endpoints are used when there is no other: better a try than a certain error. @defaultValue true */
  readonly panic?: boolean;
}

/** `PassiveHealthOptions`, complete. */
export type ResolvedPassiveHealth = Required<PassiveHealthOptions>;

/** The defaults, which are nginx's. */
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
 *  in rotation ──maxFails failures within failTimeoutMs──► ejected ──failTimeoutMs──► on trial (one lease)
 *       ▲                                                     ▲                        │ ok        │ failed
 *       └─────────────────────────────────────────────────────┼────────────────────────┘           │
 *                                                             └────────────────────────────────────┘
 * ```
 */
export class PassiveHealth {
  ejections = 0;
  readonly #options: ResolvedPassiveHealth;
  #fails = 0;
  #countedFromMs = 0;
  #ejectedUntilMs: number | undefined;
  #onTrial = false;

  constructor(options: ResolvedPassiveHealth) {
    this.#options = options;
  }

  /** Whether the endpoint is out of rotation, which includes being on trial already. */
  isEjected(nowMs: number): boolean {
    return this.#ejectedUntilMs !== undefined && (this.#onTrial || nowMs < this.#ejectedUntilMs);
  }

  /** A lease begins. The first one after the ejection time is the trial. */
  onLease(nowMs: number): void {
    if (this.#ejectedUntilMs !== undefined && nowMs >= this.#ejectedUntilMs) this.#onTrial = true;
  }

  /** A lease ended well: one success restores. */
  onOk(): HealthVerdict {
    this.#fails = 0;
    this.#onTrial = false;
    if (this.#ejectedUntilMs === undefined) return 'unchanged';
    this.#ejectedUntilMs = undefined;
    return 'recovered';
  }

  /** A lease failed. On trial, one failure ejects again. */
  onFailed(nowMs: number): HealthVerdict {
    const { maxFails, failTimeoutMs } = this.#options;
    if (maxFails === 0) return 'unchanged';
    if (this.#fails === 0 || nowMs - this.#countedFromMs >= failTimeoutMs) {
      this.#fails = 0;
      this.#countedFromMs = nowMs;
    }
    this.#fails++;
    if (!this.#onTrial && (this.isEjected(nowMs) || this.#fails < maxFails)) return 'unchanged';
    this.#onTrial = false;
    this.#fails = 0;
    this.#ejectedUntilMs = nowMs + failTimeoutMs;
    this.ejections++;
    return 'ejected';
  }

  /** A lease ended without a verdict: the trial, if it was one, is still to come. */
  onCancelled(): void {
    this.#onTrial = false;
  }
}
