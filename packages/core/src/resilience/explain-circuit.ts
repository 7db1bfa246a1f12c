// A circuit at one moment, as numbers and in one line for people.
import type { CircuitBreaker, CircuitState } from './circuit-breaker.ts';

/** What is known of a circuit. */
export interface CircuitStats {
  /** Where it is. */
  readonly state: CircuitState;
  /** Why, in one line for people. */
  readonly explanation: string;
  /** How often it has opened. */
  readonly opened: number;
  /** How much work of the present window was judged. */
  readonly volume: number;
  /** How much of it failed. */
  readonly failed: number;
  /** How much of it was slow. */
  readonly slow: number;
}

/** The snapshot of a circuit. */
export function circuitStats(circuit: CircuitBreaker, nowMs: number): CircuitStats {
  const { state, opened, window } = circuit;
  window.advance(nowMs);
  const { total, failed, slow } = window;
  return { state, explanation: explainCircuit(circuit, nowMs), opened, volume: total, failed, slow };
}

/** The line: `circuit open for 1.2 s of 5.0 s: 12 of 20 within 10.0 s failed`. */
export function explainCircuit(
  { state, openMs, sinceMs, probes, judged, reason }: CircuitBreaker,
  nowMs: number,
): string {
  const why = reason === undefined ? '' : `: ${reason}`;
  switch (state) {
    case 'open':
      return `circuit open for ${seconds(nowMs - sinceMs)} of ${seconds(openMs)}${why}`;
    case 'half-open':
      return `circuit half-open: ${probes - judged} probes out, ${judged} back`;
    default:
      return `circuit closed${why}`;
  }
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
