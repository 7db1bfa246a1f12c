// Limits how long an endpoint may be silent while it is the one who is waited for: before the response's head, and between pieces of its body.
import type { Clock, ProxyError } from '@sluice/core';
import { bodyStalled, headLate } from './connection-errors.ts';
import { PhaseTimer } from './phase-timer.ts';

/** The watch over the responses of one connection. */
export class ResponseWatch {
  readonly #timer: PhaseTimer;
  #isForHead = true;
  #limitMs = Infinity;

  /** @param endpoint - The endpoint's name in messages. */
  constructor(clock: Clock, endpoint: string, onLate: (error: ProxyError) => void) {
    this.#timer = new PhaseTimer(clock, () => {
      onLate(this.#isForHead ? headLate(endpoint, this.#limitMs) : bodyStalled(endpoint, this.#limitMs));
    });
  }

  /** Waits for a head from now on. */
  awaitHead(limitMs: number): void {
    this.#isForHead = true;
    this.#arm(limitMs);
  }

  /** Waits for a piece of the body from now on. */
  awaitBody(limitMs: number): void {
    this.#isForHead = false;
    this.#arm(limitMs);
  }

  /** Waits for nothing. */
  stop(): void {
    this.#timer.disarm();
  }

  /** Stops for good. */
  close(): void {
    this.#timer.close();
  }

  #arm(limitMs: number): void {
    this.#limitMs = limitMs;
    this.#timer.arm(limitMs);
  }
}
