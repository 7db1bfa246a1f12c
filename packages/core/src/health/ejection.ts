// Out of rotation for a while, then one trial: nginx's fail_timeout. Who is ejected, why and for how long is decided elsewhere.
import type { Clock } from '../clock.ts';

/**
 * The ejections of one endpoint.
 *
 * ```
 *  in rotation ──eject──► out ──its time──► due ──lease──► on trial
 *       ▲                  ▲                 ▲                │
 *       │                  │      cancelled ─┴────────────────┤
 *       │                  └───────── eject, after a failure ─┤
 *       └──────────────────────────────────── ok ─────────────┘
 * ```
 *
 * Each ejection begins a new term. A lease that was lent in an earlier term says how the endpoint was then, so its outcome no longer counts:
 * what was under way when an endpoint died neither prolongs its ejection nor ends it.
 */
export class Ejection {
  /** How often it was ejected. */
  count = 0;
  /** Whether it is ejected, its trials included. */
  isOut = false;
  /** Counts the ejections that outcomes are held against. */
  term = 0;
  /** When the present ejection began, and how long it is. */
  sinceMs = 0;
  lengthMs = 0;
  #untilMs = 0;
  #onTrial = false;

  /** Whether it gets no work now: its time is not over, or a trial is under way. */
  isClosed(clock: Clock): boolean {
    return this.isOut && clock.now() < this.#untilMs;
  }

  /** Whether the trial lease is out. */
  get isOnTrial(): boolean {
    return this.isOut && this.#onTrial;
  }

  /** Takes it out of rotation. */
  eject(nowMs: number, lengthMs: number): void {
    this.term++;
    this.count++;
    this.isOut = true;
    this.#onTrial = false;
    this.sinceMs = nowMs;
    this.lengthMs = lengthMs;
    this.#untilMs = nowMs + lengthMs;
  }

  /** A lease begins; the first one after the time is the trial. @returns the term, for the outcome */
  onLease(clock: Clock): number {
    if (this.isOut) this.#tryAgain(clock.now());
    return this.term;
  }

  /** A lease ended well: one success restores. @returns whether there was anything to restore */
  onOk(term: number): boolean {
    if (!this.isOut || term !== this.term) return false;
    this.restore();
    return true;
  }

  /** A lease ended without a verdict. If it was the trial, the trial is still to come. @returns whether it was */
  onCancelled(term: number, clock: Clock): boolean {
    if (!this.#onTrial || term !== this.term) return false;
    this.#onTrial = false;
    this.#untilMs = clock.now();
    return true;
  }

  /** Puts it back into rotation. */
  restore(): void {
    this.isOut = false;
    this.#onTrial = false;
  }

  #tryAgain(nowMs: number): void {
    if (nowMs < this.#untilMs) return;
    this.#onTrial = true;
    // As in nginx, the next trial is due after the same time, in case this one takes for ever.
    this.#untilMs = nowMs + this.lengthMs;
  }
}
