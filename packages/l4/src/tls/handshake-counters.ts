// Counts handshakes.
import type { HandshakeFault } from './handshake-error.ts';

/** What has become of handshakes so far. */
export interface TlsStats {
  /** Handshakes that are under way now. */
  readonly handshakesOpen: number;
  /** Handshakes that led to a connection, resumed sessions included. */
  readonly handshakesDone: number;
  /** Those of them that resumed a session. */
  readonly sessionsResumed: number;
  /** Handshakes that failed, by fault. */
  readonly handshakesFailed: Readonly<Partial<Record<HandshakeFault, number>>>;
}

/** The counters of one `TlsContexts`. */
export class HandshakeCounters {
  #open = 0;
  #done = 0;
  #resumed = 0;
  readonly #failed: Partial<Record<HandshakeFault, number>> = {};

  begin(): void {
    this.#open++;
  }

  succeed(isResumed: boolean): void {
    this.#open--;
    this.#done++;
    if (isResumed) this.#resumed++;
  }

  fail(fault: HandshakeFault): void {
    this.#open--;
    this.#failed[fault] = (this.#failed[fault] ?? 0) + 1;
  }

  cancel(): void {
    this.#open--;
  }

  stats(): TlsStats {
    return {
      handshakesOpen: this.#open,
      handshakesDone: this.#done,
      sessionsResumed: this.#resumed,
      handshakesFailed: { ...this.#failed },
    };
  }
}
