// Counts what a TCP proxy does.
import type { ProxyError } from '@sluice/core';
import type { SpliceResult } from '../splice-pair.ts';

/** Counters of a TCP proxy at one moment. */
export interface TcpProxyStats {
  /** Client connections that are open now, joined or not. */
  readonly connectionsOpen: number;
  /** Client connections since the start, those included that were refused. */
  readonly connectionsAccepted: number;
  /** Client connections that were never joined with an endpoint's, by error code. */
  readonly connectionsRefused: Readonly<Record<string, number>>;
  /** Those of them whose error has a `fault`, by code and fault: `{ SLUICE_CLIENT_HELLO_INVALID: { late: 1 } }`. */
  readonly faults: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** Attempts to connect an endpoint that failed. */
  readonly connectsFailed: number;
  /** Sessions that are open now. */
  readonly sessionsOpen: number;
  /** Sessions that are over, by how they ended. */
  readonly sessionsEnded: Readonly<Record<SpliceResult['ended'], number>>;
  /** Bytes of ended sessions from clients to endpoints. */
  readonly bytesForward: number;
  /** Bytes of ended sessions from endpoints to clients. */
  readonly bytesBackward: number;
}

/** The counters of one proxy. */
export class TcpCounters {
  connectionsAccepted = 0;
  connectsFailed = 0;
  sessionsOpen = 0;
  #bytesForward = 0;
  #bytesBackward = 0;
  readonly #refused = new Map<string, number>();
  readonly #faults = new Map<string, Map<string, number>>();
  readonly #ended: Record<SpliceResult['ended'], number> = {
    'both-ended': 0,
    'idle-timeout': 0,
    error: 0,
    cancelled: 0,
  };

  onRefused(error: ProxyError): void {
    countUp(this.#refused, error.code);
    const { fault } = error as { readonly fault?: unknown };
    if (typeof fault !== 'string') return;
    let faults = this.#faults.get(error.code);
    if (faults === undefined) this.#faults.set(error.code, (faults = new Map()));
    countUp(faults, fault);
  }

  onParted({ ended, bytesForward, bytesBackward }: SpliceResult): void {
    this.sessionsOpen--;
    this.#ended[ended]++;
    this.#bytesForward += bytesForward;
    this.#bytesBackward += bytesBackward;
  }

  stats(connectionsOpen: number): TcpProxyStats {
    return {
      connectionsOpen,
      connectionsAccepted: this.connectionsAccepted,
      connectionsRefused: Object.fromEntries(this.#refused),
      faults: Object.fromEntries([...this.#faults].map(([code, counts]) => [code, Object.fromEntries(counts)])),
      connectsFailed: this.connectsFailed,
      sessionsOpen: this.sessionsOpen,
      sessionsEnded: { ...this.#ended },
      bytesForward: this.#bytesForward,
      bytesBackward: this.#bytesBackward,
    };
  }
}

function countUp(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
