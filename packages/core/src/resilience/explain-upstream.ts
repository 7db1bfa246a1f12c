// Whether an upstream as a whole takes work now, and if not, why, in one line for people. Its endpoints have lines of their own.
import type { CircuitBreaker } from './circuit-breaker.ts';
import type { ConcurrencyLimit } from './concurrency-limit.ts';
import { explainCircuit } from './explain-circuit.ts';

/** How busy an upstream is. */
export interface UpstreamLoad {
  readonly inFlight: number;
  readonly maxInFlight: number;
  readonly queued: number;
}

/** What protects an upstream as a whole. */
export interface UpstreamProtection {
  readonly circuit: CircuitBreaker | undefined;
  readonly concurrency: ConcurrencyLimit | undefined;
}

/** The line: `full: 24 of 24 in flight, 7 wait; limit 24 by gradient: latency 31.0 ms where 20.0 ms is the least`. */
export function explainUpstream(load: UpstreamLoad, guard: UpstreamProtection | undefined, nowMs: number): string {
  const { inFlight, maxInFlight, queued } = load;
  const most = maxInFlight === Infinity ? '' : ` of ${maxInFlight}`;
  const waiting = queued === 0 ? '' : `, ${queued} wait`;
  const circuit = guard?.circuit;
  const isTripped = circuit?.allows() === false;
  const state = isTripped ? 'tripped' : inFlight >= maxInFlight ? 'full' : 'available';
  const notes = [`${state}: ${inFlight}${most} in flight${waiting}`];
  if (circuit !== undefined && circuit.state !== 'closed') notes.push(explainCircuit(circuit, nowMs));
  if (guard?.concurrency !== undefined) notes.push(guard.concurrency.explain());
  return notes.join('; ');
}
