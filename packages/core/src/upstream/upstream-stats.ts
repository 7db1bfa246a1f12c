// Counters of an upstream, as a snapshot.
import type { EndpointState } from '../endpoint/endpoint.ts';
import type { LiveEndpoint } from './live-endpoint.ts';

/** Counters of one endpoint since it was first listed. */
export interface EndpointStats {
  readonly id: string;
  readonly weight: number;
  readonly backup: boolean;
  readonly state: EndpointState;
  readonly inFlight: number;
  readonly acquired: number;
  readonly ok: number;
  readonly failed: number;
  readonly cancelled: number;
  readonly ejections: number;
}

/** Counters of an upstream. */
export interface UpstreamStats {
  readonly name: string;
  readonly generation: number;
  readonly inFlight: number;
  /** Callers that wait now. */
  readonly queued: number;
  /** Callers that were refused because the queue was full, and those that waited in vain. */
  readonly queueFull: number;
  readonly queueTimeouts: number;
  readonly endpoints: readonly EndpointStats[];
}

/** The snapshot of one endpoint. */
export function endpointStats(endpoint: LiveEndpoint): EndpointStats {
  const { id, weight, backup, state, inFlight } = endpoint;
  const { acquired, ok, failed, cancelled, health } = endpoint.counters;
  return { id, weight, backup, state, inFlight, acquired, ok, failed, cancelled, ejections: health.ejections };
}
