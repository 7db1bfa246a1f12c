// One endpoint lent for one request or connection.
import type { Endpoint } from '../endpoint/endpoint.ts';
import type { LiveEndpoint } from './live-endpoint.ts';

/** How a lease ended, as the endpoint's health sees it. Only `failed` counts against the endpoint. */
export interface Outcome {
  readonly result: 'ok' | 'failed' | 'cancelled';
  /** What went wrong. */
  readonly error?: unknown;
  /** From the request to the head of its response, in milliseconds. */
  readonly latencyMs?: number;
}

/** The endpoint did its work. */
export const outcomeOk: Outcome = Object.freeze({ result: 'ok' });

/** The work ended through no doing of the endpoint's: the client left, the proxy closed. */
export const outcomeCancelled: Outcome = Object.freeze({ result: 'cancelled' });

/** An endpoint, lent. Whoever acquires a lease releases it, whatever happens. */
export interface Lease {
  readonly endpoint: Endpoint;
  /** Gives the endpoint back. The first call counts, later ones do nothing. */
  release(outcome: Outcome): void;
}

/** Who takes leases back. */
export interface Lessor {
  onReleased(endpoint: LiveEndpoint, outcome: Outcome): void;
}

/** The lease itself. */
export class EndpointLease implements Lease {
  readonly endpoint: LiveEndpoint;
  readonly #lessor: Lessor;
  #released = false;

  constructor(endpoint: LiveEndpoint, lessor: Lessor) {
    this.endpoint = endpoint;
    this.#lessor = lessor;
  }

  release(outcome: Outcome): void {
    if (this.#released) return;
    this.#released = true;
    this.#lessor.onReleased(this.endpoint, outcome);
  }
}
