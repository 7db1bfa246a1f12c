// Why an endpoint is in the state that it is in, in one line for people. Which state that is, is LiveEndpoint.
import { explainCircuit } from '../resilience/explain-circuit.ts';
import type { LiveEndpoint } from '../upstream/live-endpoint.ts';
import type { EndpointHealth } from './endpoint-health.ts';

/** The line: `unhealthy for 12.0 s: http GET /up: status 500`. */
export function explainEndpoint(endpoint: LiveEndpoint, nowMs: number): string {
  const { state, down, inFlight, maxInFlight } = endpoint;
  const { health, isDraining } = endpoint.counters;
  switch (state) {
    case 'down':
      return down ? 'down: its options say so' : 'down: its weight is 0';
    case 'draining':
      return isDraining ? `draining: ${inFlight} in flight` : `draining: ${health.leastWish?.reason ?? ''}`;
    case 'unhealthy':
      return explainUnhealthy(health, nowMs);
    case 'unchecked':
      return `unchecked: no verdict of ${namesOf(health, 'unknown')} yet`;
    case 'ejected':
      return explainEjection(health, nowMs);
    case 'tripped':
      return health.circuit === undefined ? 'tripped' : `tripped: ${explainCircuit(health.circuit, nowMs)}`;
    case 'full':
      return `full: ${inFlight} of ${maxInFlight} in flight`;
    default:
      return explainAvailable(health, nowMs);
  }
}

function explainUnhealthy({ checks }: EndpointHealth, nowMs: number): string {
  const unhealthy = checks.filter(({ verdict }) => verdict === 'unhealthy');
  const sinceMs = Math.min(...unhealthy.map((check) => check.sinceMs));
  const reasons = unhealthy.map(({ name, reason = 'not probed yet', doubt }) =>
    doubt === undefined ? `${name}: ${reason}` : `${name}: ${reason} (${doubt})`,
  );
  return `unhealthy for ${seconds(nowMs - sinceMs)}: ${reasons.join('; ')}`;
}

function explainEjection({ ejection, ejectedFor = '' }: EndpointHealth, nowMs: number): string {
  const time = `${seconds(nowMs - ejection.sinceMs)} of ${seconds(ejection.lengthMs)}`;
  return `ejected ${ejection.isOnTrial ? 'and on trial' : `for ${time}`}: ${ejectedFor}`;
}

function explainAvailable(health: EndpointHealth, nowMs: number): string {
  const notes: string[] = [];
  const wish = health.leastWish;
  if (wish !== undefined) notes.push(`${wish.weightPercent} % of its weight, ${wish.reason}`);
  if (health.ejection.isOut) notes.push(`due for a trial, ejected for ${health.ejectedFor ?? ''}`);
  if (health.circuit !== undefined && health.circuit.state !== 'closed')
    notes.push(explainCircuit(health.circuit, nowMs));
  for (const { name, doubt, reason = '' } of health.checks) {
    if (doubt !== undefined) notes.push(`${doubt} of ${name}: ${reason}`);
  }
  return notes.length === 0 ? 'available' : `available: ${notes.join('; ')}`;
}

function namesOf({ checks }: EndpointHealth, wanted: string): string {
  return checks.flatMap(({ name, verdict }) => (verdict === wanted ? [name] : [])).join(', ');
}

function seconds(ms: number): string {
  return ms === Infinity ? 'ever' : `${(ms / 1000).toFixed(1)} s`;
}
