// An upstream at one moment: its counters, and what is known of each endpoint.
import type { Clock } from '../clock.ts';
import type { DiscoveryStats } from '../discovery/discovery-stats.ts';
import type { EndpointState } from '../endpoint/endpoint.ts';
import type { CheckStats } from '../health/endpoint-check.ts';
import { explainEndpoint } from '../health/explain-endpoint.ts';
import type { CircuitBreaker } from '../resilience/circuit-breaker.ts';
import { circuitStats, type CircuitStats } from '../resilience/explain-circuit.ts';
import { explainUpstream, type UpstreamLoad, type UpstreamProtection } from '../resilience/explain-upstream.ts';
import type { TierStats } from '../tiers/tier-stats.ts';
import type { LiveEndpoint } from './live-endpoint.ts';

/** Counters of one endpoint since it was first listed. */
export interface EndpointStats {
  /** Its name. */
  readonly id: string;
  /** Its weight now. */
  readonly weight: number;
  /** What it gets of it: all of it, unless it has asked for less. */
  readonly currentWeight: number;
  /** Whether it is a backup now. */
  readonly backup: boolean;
  /** Its tier now, 0 first; that of the backups is after all others. */
  readonly priority: number;
  /** Its zone now, if it has one. */
  readonly zone: string | undefined;
  /** Whether it takes new work now, and if not, why. */
  readonly state: EndpointState;
  /** Why it is in this state, in one line for people. */
  readonly explanation: string;
  /** Leases open now. */
  readonly inFlight: number;
  /** Leases lent. */
  readonly acquired: number;
  /** Leases that ended well. */
  readonly ok: number;
  /** Leases that failed. */
  readonly failed: number;
  /** Leases that ended without a verdict. */
  readonly cancelled: number;
  /** How often it was ejected. */
  readonly ejections: number;
  /** Its active checks, in the order of the options. */
  readonly checks: readonly CheckStats[];
  /** Its circuit breaker; `undefined` without one. */
  readonly circuit: CircuitStats | undefined;
}

/** Counters of an upstream. */
export interface UpstreamStats {
  /** Its name. */
  readonly name: string;
  /** Which version of its endpoints this is; 1 at first. */
  readonly generation: number;
  /** Leases open now, those on removed endpoints included. */
  readonly inFlight: number;
  /** The most leases that may be open now; `Infinity` without a limit. */
  readonly maxInFlight: number;
  /** Whether the upstream as a whole takes work now, and if not, why, in one line for people. */
  readonly explanation: string;
  /** Callers that wait now. */
  readonly queued: number;
  /** Callers that were refused because too many waited. */
  readonly queueFull: number;
  /** Callers that waited in vain. */
  readonly queueTimeouts: number;
  /** The source of its endpoints, if it follows one. */
  readonly discovery: DiscoveryStats | undefined;
  /** The circuit breaker of the upstream as a whole; `undefined` without one. */
  readonly circuit: CircuitStats | undefined;
  /** Whether too few endpoints are healthy now. */
  readonly isPanicking: boolean;
  /** How often they became too few. */
  readonly panics: number;
  /** The tiers that are in use, first to last. */
  readonly tiers: readonly TierStats[];
  /** The endpoints, in the order of the options. */
  readonly endpoints: readonly EndpointStats[];
}

/** The snapshot of one endpoint. */
export function endpointStats(endpoint: LiveEndpoint, clock: Clock): EndpointStats {
  const { id, weight, currentWeight, backup, priority, zone, state, inFlight } = endpoint;
  const { acquired, ok, failed, cancelled, health } = endpoint.counters;
  return {
    id,
    weight,
    currentWeight,
    backup,
    priority,
    zone,
    state,
    explanation: explainEndpoint(endpoint, clock.now()),
    inFlight,
    acquired,
    ok,
    failed,
    cancelled,
    ejections: health.ejection.count,
    checks: health.checks.map((check) => check.stats()),
    circuit: snapshot(health.circuit, clock),
  };
}

/** How busy an upstream is, and what protects it from more. */
export function overloadStats(
  load: UpstreamLoad,
  guard: UpstreamProtection | undefined,
  clock: Clock,
): UpstreamLoad & Pick<UpstreamStats, 'explanation' | 'circuit'> {
  return { ...load, explanation: explainUpstream(load, guard, clock.now()), circuit: snapshot(guard?.circuit, clock) };
}

function snapshot(circuit: CircuitBreaker | undefined, clock: Clock): CircuitStats | undefined {
  return circuit === undefined ? undefined : circuitStats(circuit, clock.now());
}
