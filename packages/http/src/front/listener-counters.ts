// Counts what a listener accepts and refuses.
import type { ProxyError } from '@sluice/core';
import type { ListenerStats } from './listener.ts';

/** What says no more than that the client is gone: before its first byte, or before its response. */
const departures: ReadonlySet<string> = new Set(['SLUICE_CLIENT_LEFT', 'SLUICE_CLIENT_ABORTED']);

/** The counters of one listener. */
export class ListenerCounters {
  connectionsOpen = 0;
  connectionsAccepted = 0;
  connectionsRefused = 0;
  readonly #requestsRefused = new Map<string, number>();
  /** One error is one refusal, however many tell of it. */
  readonly #counted = new WeakSet<ProxyError>();

  /** Counts a request that was refused: one that failed by its client's fault, unless that has just left. */
  refuse(error: ProxyError): void {
    const { code, source } = error;
    if (source !== 'downstream' || departures.has(code) || this.#counted.has(error)) return;
    this.#counted.add(error);
    this.#requestsRefused.set(code, (this.#requestsRefused.get(code) ?? 0) + 1);
  }

  stats(): Omit<ListenerStats, 'tls'> {
    return {
      connectionsOpen: this.connectionsOpen,
      connectionsAccepted: this.connectionsAccepted,
      connectionsRefused: this.connectionsRefused,
      requestsRefused: Object.fromEntries(this.#requestsRefused),
    };
  }
}
