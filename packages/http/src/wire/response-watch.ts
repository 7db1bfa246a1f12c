// Limits how long an endpoint may be silent while it is the one who is waited for: before the response's head, and between pieces of its body.
import type { Clock, ProxyError } from '@sluice/core';
import type { AttemptTimeouts } from '../transport/transport.ts';
import { bodyStalled, headLate } from './connection-errors.ts';
import { PhaseTimer } from './phase-timer.ts';

/** The watch over the responses of one connection. */
export class ResponseWatch {
  readonly #timer: PhaseTimer;
  #timeouts: AttemptTimeouts | undefined;
  #isForHead = true;

  /** @param endpoint - The endpoint's name in messages. */
  constructor(clock: Clock, endpoint: string, onLate: (error: ProxyError) => void) {
    this.#timer = new PhaseTimer(clock, () => {
      onLate(this.#isForHead ? headLate(endpoint, this.#limitMs) : bodyStalled(endpoint, this.#limitMs));
    });
  }

  /** Gets ready for the next exchange. */
  begin(timeouts: AttemptTimeouts): void {
    this.#timeouts = timeouts;
  }

  /** Waits for a head from now on. */
  awaitHead(): void {
    this.#isForHead = true;
    this.#timer.arm(this.#limitMs);
  }

  /** Waits for a piece of the body from now on. */
  awaitBody(): void {
    this.#isForHead = false;
    this.#timer.arm(this.#limitMs);
  }

  /** Waits for nothing. */
  stop(): void {
    this.#timer.disarm();
  }

  /** Stops for good. */
  close(): void {
    this.#timer.close();
  }

  get #limitMs(): number {
    const limitMs = this.#isForHead ? this.#timeouts?.responseHeadMs : this.#timeouts?.responseBodyIdleMs;
    return limitMs ?? Infinity;
  }
}
