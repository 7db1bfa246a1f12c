// What an upstream tells the outside.
import type { Endpoint } from '../endpoint/endpoint.ts';

/** What an update has changed, as ids. */
export interface UpstreamChange {
  readonly generation: number;
  readonly added: readonly string[];
  readonly kept: readonly string[];
  readonly removed: readonly string[];
}

/** The events of an upstream. */
export interface UpstreamEvents {
  /** An endpoint failed too often and is out of rotation for `ejectedMs`. `error` is the failure that did it. */
  readonly 'endpoint-ejected': { readonly endpoint: Endpoint; readonly error: unknown; readonly ejectedMs: number };
  /** An ejected endpoint has done its work again. */
  readonly 'endpoint-recovered': { readonly endpoint: Endpoint };
  /** A drain is over; `inFlight` leases were left when it was. */
  readonly 'endpoint-drained': { readonly endpoint: Endpoint; readonly inFlight: number };
  readonly 'endpoints-updated': UpstreamChange;
}
