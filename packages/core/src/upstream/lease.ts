// One endpoint lent for one request or connection, and how it is given back.
import type { Endpoint } from '../endpoint/endpoint.ts';
import type { LiveEndpoint } from './live-endpoint.ts';

/** How a lease ended, as the endpoint's health sees it. */
export interface Outcome {
  /** `failed` counts against the endpoint's health; `cancelled` says nothing about it. */
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
  /** Whom to work with. */
  readonly endpoint: Endpoint;
  /** Gives the endpoint back. The first call counts, later ones do nothing. Never throws. */
  release(outcome: Outcome): void;
}

/** Who takes leases back. */
export interface Lessor {
  onReleased(endpoint: LiveEndpoint, term: number, outcome: Outcome): void;
}

/** The lease itself. */
export class EndpointLease implements Lease {
  readonly endpoint: LiveEndpoint;
  readonly #lessor: Lessor;
  /** The term of the endpoint's health in which it was lent. */
  readonly #term: number;
  #released = false;

  constructor(endpoint: LiveEndpoint, term: number, lessor: Lessor) {
    this.endpoint = endpoint;
    this.#term = term;
    this.#lessor = lessor;
  }

  release(outcome: Outcome): void {
    if (this.#released) return;
    this.#released = true;
    this.#lessor.onReleased(this.endpoint, this.#term, outcome);
  }
}
