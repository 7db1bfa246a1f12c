// What an upstream tells the outside.
import type { Endpoint } from '../endpoint/endpoint.ts';

/** What an update has changed, as ids. */
export interface UpstreamChange {
  /** The generation that the change made; the present one when nothing changed. */
  readonly generation: number;
  /** Endpoints that were not there before. */
  readonly added: readonly string[];
  /** Endpoints that stayed with other options. */
  readonly changed: readonly string[];
  /** Endpoints that are gone; leases on them run to their end. */
  readonly removed: readonly string[];
}

/** An endpoint failed too often and is out of rotation. */
export interface EndpointEjected {
  /** Which one. */
  readonly endpoint: Endpoint;
  /** The failure that did it, if its outcome had an error. */
  readonly error: unknown;
  /** For how long, in milliseconds; then one lease tries it again. */
  readonly ejectedMs: number;
}

/** An ejected endpoint has done its work again and is back in rotation. */
export interface EndpointRecovered {
  /** Which one. */
  readonly endpoint: Endpoint;
}

/** The wait for an endpoint's leases is over. */
export interface EndpointDrained {
  /** Which one. */
  readonly endpoint: Endpoint;
  /** How many leases were still open. `0` is a clean drain. */
  readonly inFlight: number;
}

/** The events of an upstream, by name. They are told synchronously, after the fact. */
export interface UpstreamEvents {
  /** An endpoint failed too often and is out of rotation. */
  readonly 'endpoint-ejected': EndpointEjected;
  /** An ejected endpoint has done its work again and is back in rotation. */
  readonly 'endpoint-recovered': EndpointRecovered;
  /** The wait for an endpoint's leases is over. */
  readonly 'endpoint-drained': EndpointDrained;
  /** The endpoints have changed. */
  readonly 'endpoints-updated': UpstreamChange;
}
