// The circuit breaker of Nygard's "Release It!", as Hystrix and resilience4j have it: refuse at once what would fail anyway, try again later.
// Decides only: it is asked, and told. Whom it guards and who hears of it is overload-guard.ts.
//
//   closed ──too much fails, or is slow──► open ──its time, and work that comes──► half-open ──enough probes went well──► closed
//                                           ▲                                          │
//                                           └───────────── enough probes failed ───────┘
import type { Clock } from '../clock.ts';
import type { Random } from '../random.ts';
import type { ResolvedBreaker } from './breaker-options.ts';
import { openTimeMs } from './open-time.ts';
import { OutcomeWindow } from './outcome-window.ts';

/** Where a circuit is. */
export type CircuitState = 'closed' | 'open' | 'half-open';

/** Whence time and chance come. */
export interface BreakerEnvironment {
  readonly clock: Clock;
  readonly random: Random;
}

/**
 * One circuit.
 *
 * Each change begins a new term, and only outcomes of its own term count: what was lent before the circuit opened neither closes it nor opens it
 * again. Half-open, no more than `halfOpenProbes` leases are out or judged; a probe that takes longer than the circuit was open is no longer
 * waited for, and another takes its place.
 */
export class CircuitBreaker {
  state: CircuitState = 'closed';
  /** Counts the changes that outcomes are held against. */
  term = 0;
  /** How often it has opened. */
  opened = 0;
  /** Why it is where it is, unless it was never anywhere else. */
  reason: string | undefined = undefined;
  /** When it changed last. */
  sinceMs = 0;
  /** How long it was, or is, open. */
  openMs = 0;
  /** Half-open: how many leases went out as probes, and how those that came back went. */
  probes = 0;
  judged = 0;
  readonly window: OutcomeWindow;
  readonly #options: ResolvedBreaker;
  readonly #environment: BreakerEnvironment;
  #failed = 0;
  #slow = 0;
  /** When probes are due, or the ones that are out are waited for no longer. */
  #untilMs = 0;
  #streak = 0;

  constructor(options: ResolvedBreaker, environment: BreakerEnvironment) {
    this.#options = options;
    this.#environment = environment;
    this.window = new OutcomeWindow(options.windowMs);
  }

  /** Whether a lease may be lent now. */
  allows(): boolean {
    if (this.state === 'closed') return true;
    if (this.state === 'half-open' && this.probes < this.#options.halfOpenProbes) return true;
    return this.#environment.clock.now() >= this.#untilMs;
  }

  /** How long it certainly lends nothing, in milliseconds. */
  retryAfterMs(): number {
    return this.allows() ? 0 : this.#untilMs - this.#environment.clock.now();
  }

  /** A lease begins that it allows. @returns the term, for the outcome */
  onLease(): number {
    if (this.state === 'closed') return this.term;
    if (this.state === 'open') this.#change('half-open', 'its time is over');
    else if (this.probes >= this.#options.halfOpenProbes) this.#replaceProbes();
    this.probes++;
    return this.term;
  }

  /** A lease was given back with a verdict. */
  onOutcome(term: number, isFailed: boolean, latencyMs: number | undefined): void {
    if (term !== this.term) return;
    const isSlow = latencyMs !== undefined && latencyMs >= this.#options.slowCallMs;
    if (this.state === 'half-open') this.#judgeProbe(isFailed, isSlow);
    else if (this.state === 'closed') this.#judge(isFailed, isSlow);
  }

  /** A lease was given back without a verdict: if it was a probe, another may take its place. */
  onCancelled(term: number): void {
    if (this.state === 'half-open' && term === this.term && this.probes > this.judged) this.probes--;
  }

  /** Begins anew, closed. */
  reset(): void {
    if (this.state !== 'closed') this.#change('closed', 'it begins anew');
    this.#streak = 0;
    this.window.clear();
  }

  #judge(isFailed: boolean, isSlow: boolean): void {
    const { failureRatio, minVolume, slowCallRatio, windowMs } = this.#options;
    const { window } = this;
    window.add(this.#environment.clock.now(), isFailed, isSlow);
    const { failed, slow, total } = window;
    if (total < minVolume) return;
    const span = `of ${total} within ${(windowMs / 1000).toFixed(1)} s`;
    if (failed >= failureRatio * total) this.#open(`${failed} ${span} failed`);
    else if (slow >= slowCallRatio * total) this.#open(`${slow} ${span} were slow`);
  }

  #judgeProbe(isFailed: boolean, isSlow: boolean): void {
    const { failureRatio, halfOpenProbes, slowCallRatio } = this.#options;
    this.judged++;
    if (isFailed) this.#failed++;
    if (isSlow) this.#slow++;
    if (this.#failed >= failureRatio * halfOpenProbes) this.#open(`${this.#failed} of ${this.judged} probes failed`);
    else if (this.#slow >= slowCallRatio * halfOpenProbes)
      this.#open(`${this.#slow} of ${this.judged} probes were slow`);
    else if (this.judged >= halfOpenProbes)
      this.#change('closed', `${this.judged - this.#failed} of ${this.judged} probes went well`);
  }

  #open(reason: string): void {
    const { clock, random } = this.#environment;
    // One that was closed for a whole window has recovered; its next failure is another story.
    const hadRecovered = this.state === 'closed' && clock.now() - this.sinceMs >= this.#options.windowMs;
    this.#streak = hadRecovered ? 1 : this.#streak + 1;
    this.openMs = openTimeMs(this.#options, this.#streak, random());
    this.opened++;
    this.#change('open', reason);
  }

  #change(state: CircuitState, reason: string): void {
    const nowMs = this.#environment.clock.now();
    this.state = state;
    this.term++;
    this.reason = reason;
    this.sinceMs = nowMs;
    this.probes = 0;
    this.judged = 0;
    this.#failed = 0;
    this.#slow = 0;
    this.#untilMs = nowMs + this.openMs;
    this.window.clear();
  }

  #replaceProbes(): void {
    this.term++;
    this.probes = this.judged;
    this.#untilMs = this.#environment.clock.now() + this.openMs;
  }
}
