// What an upstream tells the outside.
import type { Endpoint } from '../endpoint/endpoint.ts';
import type { EjectionDetector } from '../health/outliers/outlier-sample.ts';

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
  /** Who has decided it. */
  readonly detector: EjectionDetector;
  /** Why, in one line. */
  readonly reason: string;
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

/** The verdict of the active checks on an endpoint has changed. */
export interface EndpointChecked {
  /** Which one. */
  readonly endpoint: Endpoint;
  /** The check that made the difference. */
  readonly check: string;
  /** What its probe saw, in one line. */
  readonly reason: string;
}

/** An endpoint has asked for more or less work. */
export interface EndpointReweighted {
  /** Which one. */
  readonly endpoint: Endpoint;
  /** How much of its weight it has now, from 0 to 100; 0 is no new work. */
  readonly weightPercent: number;
  /** Why it has not all of it, in one line. */
  readonly reason: string | undefined;
}

/** The wait for an endpoint's leases is over. */
export interface EndpointDrained {
  /** Which one. */
  readonly endpoint: Endpoint;
  /** How many leases were still open. `0` is a clean drain. */
  readonly inFlight: number;
}

/** The adaptive limit has found another value. */
export interface LimitChanged {
  /** The most leases at one time from now on. */
  readonly maxInFlight: number;
  /** The most until now. */
  readonly before: number;
  /** Why, in one line. */
  readonly reason: string;
}

/** The source of endpoints has told a good list. */
export interface DiscoveryUpdated extends UpstreamChange {
  /** The source's name. */
  readonly source: string;
  /** What the source calls this list, if it calls it anything. */
  readonly revision: string | undefined;
}

/** The source of endpoints has told no good list. The last good one is used on. */
export interface DiscoveryFailed {
  /** The source's name. */
  readonly source: string;
  /** What is wrong: it can not tell; its list is wrong, and refused as a whole; its list is empty, and `onEmpty` is `keep`. */
  readonly kind: 'unavailable' | 'invalid' | 'empty';
  /** Why, in one line. */
  readonly reason: string;
  /** The failure itself. */
  readonly error: unknown;
  /** How many there were in a row. */
  readonly failures: number;
  /** When it is asked again, in milliseconds from now; `undefined` when it goes on by itself. */
  readonly retryMs: number | undefined;
}

/** A circuit breaker has moved. */
export interface CircuitChanged {
  /** Whose; `undefined` when it is the upstream's. */
  readonly endpoint: Endpoint | undefined;
  /** Why, in one line. */
  readonly reason: string;
}

/** A circuit breaker has opened, and refuses work. */
export interface CircuitOpened extends CircuitChanged {
  /** For how long, in milliseconds; then some work is let through as a trial. */
  readonly openMs: number;
}

/** Too few endpoints are healthy, or they are enough again. */
export interface PanicChange {
  /** How much of the weight that is in service is healthy, in per cent. */
  readonly healthyPercent: number;
}

/** The events of an upstream, by name. They are told synchronously, after the fact. */
export interface UpstreamEvents {
  /** An endpoint failed too often and is out of rotation. */
  readonly 'endpoint-ejected': EndpointEjected;
  /** An ejected endpoint has done its work again and is back in rotation. */
  readonly 'endpoint-recovered': EndpointRecovered;
  /** The active checks find an endpoint unhealthy, and it is out of rotation. */
  readonly 'endpoint-unhealthy': EndpointChecked;
  /** The active checks find an endpoint healthy that was not, or was not known to be. */
  readonly 'endpoint-healthy': EndpointChecked;
  /** An endpoint has asked for more or less work, or what it asked for has run out. */
  readonly 'endpoint-reweighted': EndpointReweighted;
  /** The wait for an endpoint's leases is over. */
  readonly 'endpoint-drained': EndpointDrained;
  /** The adaptive limit of the upstream has found another value. */
  readonly 'limit-changed': LimitChanged;
  /** The source of endpoints has told a good list: its first, another, or one after a failure. */
  readonly 'discovery-updated': DiscoveryUpdated;
  /** The source of endpoints has told no good list; the last good one is used on. */
  readonly 'discovery-failed': DiscoveryFailed;
  /** A circuit breaker has opened, and refuses work. */
  readonly 'circuit-opened': CircuitOpened;
  /** A circuit breaker lets some work through, to see how it goes. */
  readonly 'circuit-half-opened': CircuitChanged;
  /** A circuit breaker lets everything through again. */
  readonly 'circuit-closed': CircuitChanged;
  /** Too few endpoints are healthy, and `health.panic` says what happens to the work. */
  readonly 'panic-started': PanicChange;
  /** Enough endpoints are healthy again. */
  readonly 'panic-ended': PanicChange;
  /** The endpoints have changed. */
  readonly 'endpoints-updated': UpstreamChange;
}
