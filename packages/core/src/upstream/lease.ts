// One endpoint lent for one request or connection, and how it is given back.
import type { Endpoint } from '../endpoint/endpoint.ts';
import type { LeasePass } from '../resilience/lease-pass.ts';
import type { LiveEndpoint } from './live-endpoint.ts';

/** How a lease ended, as the endpoint's health sees it. */
export interface Outcome {
  /** `failed` counts against the endpoint's health; `cancelled` says nothing about it. */
  readonly result: 'ok' | 'failed' | 'cancelled';
  /** What went wrong. */
  readonly error?: unknown;
  /** A failure that is an answer, such as a status 503. `maxFails` does not count it, outlier detection does. @defaultValue false */
  readonly answered?: boolean;
  /** From the request to the head of its response, or to the connection, in milliseconds; wanted when the lease says so. */
  readonly latencyMs?: number | undefined;
}

/** The endpoint did its work. */
export const outcomeOk: Outcome = Object.freeze({ result: 'ok' });

/** The work ended through no doing of the endpoint's: the client left, the proxy closed. */
export const outcomeCancelled: Outcome = Object.freeze({ result: 'cancelled' });

/** An endpoint, lent. Whoever acquires a lease releases it, whatever happens. */
export interface Lease {
  /** Whom to work with. */
  readonly endpoint: Endpoint;
  /** Whether anybody makes use of an outcome's `latencyMs`: taking the time twice costs something. */
  readonly wantsLatency: boolean;
  /**
   * Says, while the work goes on, that the endpoint has done its part so far: it can be connected, it has answered. Its health hears that now,
   * and a trial is over. Only a failure adds anything to it afterwards. The first call counts. Never throws.
   */
  succeed(latencyMs?: number): void;
  /** Gives the endpoint back. The first call counts, later ones do nothing. Never throws. */
  release(outcome: Outcome): void;
}

/** Who takes leases back. */
export interface Lessor {
  /** Whether outcomes should have a latency. */
  readonly wantsLatency: boolean;
  onSucceeded(lease: EndpointLease, latencyMs: number | undefined): void;
  /** @param hasSucceeded - Whether that was told before. */
  onReleased(lease: EndpointLease, outcome: Outcome, hasSucceeded: boolean): void;
}

/** The lease itself. */
export class EndpointLease implements Lease {
  readonly endpoint: LiveEndpoint;
  /** The term of the endpoint's health in which it was lent. */
  readonly term: number;
  /** What the upstream's guard has noted, if it has one. */
  readonly pass: LeasePass | undefined;
  readonly #lessor: Lessor;
  #state: 'open' | 'succeeded' | 'released' = 'open';

  constructor(endpoint: LiveEndpoint, term: number, lessor: Lessor, pass?: LeasePass) {
    this.endpoint = endpoint;
    this.term = term;
    this.pass = pass;
    this.#lessor = lessor;
  }

  get wantsLatency(): boolean {
    return this.#lessor.wantsLatency;
  }

  succeed(latencyMs?: number): void {
    if (this.#state !== 'open') return;
    this.#state = 'succeeded';
    this.#lessor.onSucceeded(this, latencyMs);
  }

  release(outcome: Outcome): void {
    if (this.#state === 'released') return;
    const hasSucceeded = this.#state === 'succeeded';
    this.#state = 'released';
    this.#lessor.onReleased(this, outcome, hasSucceeded);
  }
}
