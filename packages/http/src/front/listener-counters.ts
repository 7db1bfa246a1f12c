// Counts what a listener accepts and refuses.
import type { ListenerStats } from './listener.ts';

/** The counters of one listener. */
export class ListenerCounters {
  connectionsAccepted = 0;
  connectionsRefused = 0;
  readonly #requestsRefused = new Map<string, number>();

  /** Counts a request that was refused. */
  refuse(code: string): void {
    this.#requestsRefused.set(code, (this.#requestsRefused.get(code) ?? 0) + 1);
  }

  stats(connectionsOpen: number): ListenerStats {
    return {
      connectionsOpen,
      connectionsAccepted: this.connectionsAccepted,
      connectionsRefused: this.connectionsRefused,
      requestsRefused: Object.fromEntries(this.#requestsRefused),
    };
  }
}
