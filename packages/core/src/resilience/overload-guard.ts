// Where protection from overload meets the seam: asked before a lease is lent, told how it ended. Decides nothing itself: see circuit-breaker.ts,
// and for limits concurrency-limit.ts.
// An upstream without these options has no guard at all.
import { coreError, type ProxyError } from '../errors.ts';
import type { Events } from '../events.ts';
import type { AcquireHint } from '../upstream/endpoint-selection.ts';
import type { Outcome } from '../upstream/lease.ts';
import type { LiveEndpoint } from '../upstream/live-endpoint.ts';
import type { UpstreamEvents } from '../upstream/upstream-events.ts';
import type { ResolvedUpstreamOptions } from '../upstream/upstream-options.ts';
import { createConcurrencyLimit } from './adaptive-options.ts';
import type { ResolvedBreaker } from './breaker-options.ts';
import { CircuitBreaker, type BreakerEnvironment } from './circuit-breaker.ts';
import type { ConcurrencyLimit } from './concurrency-limit.ts';
import type { LeasePass } from './lease-pass.ts';

/** What a guard needs of its upstream. */
export interface GuardHome extends BreakerEnvironment {
  readonly name: string;
  readonly events: Events<UpstreamEvents>;
  /** Called when a circuit has changed: more, or less, is usable than before. */
  readonly onChange: () => void;
}

/** Makes the guard of an upstream; `undefined` when none of its options needs one. */
export function createGuard(
  options: ResolvedUpstreamOptions,
  events: Events<UpstreamEvents>,
  onChange: () => void,
): OverloadGuard | undefined {
  const { name, breaker, limits, clock, random } = options;
  if (breaker === undefined && limits.adaptive === undefined) return undefined;
  return new OverloadGuard(options, { name, clock, random, events, onChange });
}

/** The guard of one upstream. */
export class OverloadGuard {
  /** The circuit of the upstream as a whole. */
  readonly circuit: CircuitBreaker | undefined;
  /** The limit that finds itself. */
  readonly concurrency: ConcurrencyLimit | undefined;
  readonly #breaker: ResolvedBreaker | undefined;
  readonly #home: GuardHome;

  constructor({ breaker, limits }: Pick<ResolvedUpstreamOptions, 'breaker' | 'limits'>, home: GuardHome) {
    const { adaptive } = limits;
    this.#breaker = breaker;
    this.#home = home;
    if (breaker !== undefined && breaker.scope !== 'endpoint') this.circuit = new CircuitBreaker(breaker, home);
    if (adaptive !== undefined) this.concurrency = createConcurrencyLimit(adaptive, home.clock, home.random);
  }

  /** Whether outcomes should have a latency. */
  get wantsLatency(): boolean {
    return this.concurrency !== undefined || (this.#breaker?.slowCallMs ?? Infinity) !== Infinity;
  }

  /** The most leases that may be out now. */
  get maxInFlight(): number {
    return this.concurrency?.limit ?? Infinity;
  }

  /** The circuit of a new endpoint. */
  createCircuit(): CircuitBreaker | undefined {
    const breaker = this.#breaker;
    return breaker === undefined || breaker.scope === 'upstream' ? undefined : new CircuitBreaker(breaker, this.#home);
  }

  /** Lets work in. @throws ProxyError `SLUICE_CIRCUIT_OPEN` */
  admit(): void {
    if (this.circuit?.allows() === false) throw this.#circuitOpen(`the circuit of ${this.#home.name}`, this.circuit);
  }

  /** What to say when no endpoint will do: that a circuit is in the way, if one is; the first that lets work through again. */
  refusal(endpoints: readonly LiveEndpoint[], { accept }: AcquireHint): ProxyError | undefined {
    let soonest: LiveEndpoint | undefined;
    for (const endpoint of endpoints) {
      if (!endpoint.isInService || !endpoint.isTripped || accept?.(endpoint) === false) continue;
      if (soonest === undefined || retryAfterMs(endpoint) < retryAfterMs(soonest)) soonest = endpoint;
    }
    const circuit = soonest?.counters.health.circuit;
    if (soonest === undefined || circuit === undefined) return undefined;
    return this.#circuitOpen(`no endpoint of ${this.#home.name} will do, the circuit of ${soonest.id}`, circuit);
  }

  /** A lease begins. @param inFlight - How many are out, this one included */
  onLease(endpoint: LiveEndpoint, inFlight: number): LeasePass {
    return {
      inFlight,
      beganMs: this.concurrency === undefined ? 0 : this.#home.clock.now(),
      endpointTerm: this.#lend(endpoint.counters.health.circuit, endpoint),
      upstreamTerm: this.#lend(this.circuit),
    };
  }

  /** A lease has done its part, or was given back. @param isLate - Whether it had done its part before */
  onOutcome(endpoint: LiveEndpoint, pass: LeasePass, outcome: Outcome, isLate: boolean): void {
    this.#tell(endpoint.counters.health.circuit, pass.endpointTerm, outcome, isLate, endpoint);
    this.#tell(this.circuit, pass.upstreamTerm, outcome, isLate);
    if (!isLate && outcome.result !== 'cancelled') this.#sample(pass, outcome);
  }

  /** Failures are samples too: of what has no room. Work that brings no latency took as long as its lease. */
  #sample({ inFlight, beganMs }: LeasePass, { result, latencyMs }: Outcome): void {
    const { concurrency } = this;
    if (concurrency === undefined) return;
    const { clock, events } = this.#home;
    const before = concurrency.limit;
    concurrency.onSample(latencyMs ?? clock.now() - beganMs, inFlight, result === 'failed');
    const { limit } = concurrency;
    if (limit !== before && events.has('limit-changed')) {
      events.emit('limit-changed', { maxInFlight: limit, before, reason: concurrency.explain() });
    }
  }

  #lend(circuit: CircuitBreaker | undefined, endpoint?: LiveEndpoint): number {
    if (circuit === undefined) return 0;
    const { state } = circuit;
    const term = circuit.onLease();
    if (circuit.state !== state) this.#report(circuit, endpoint);
    return term;
  }

  #tell(
    circuit: CircuitBreaker | undefined,
    term: number,
    outcome: Outcome,
    isLate: boolean,
    endpoint?: LiveEndpoint,
  ): void {
    if (circuit === undefined) return;
    const { state } = circuit;
    // A probe is judged once.
    if (isLate && (outcome.result !== 'failed' || state === 'half-open')) return;
    if (outcome.result === 'cancelled') circuit.onCancelled(term);
    else circuit.onOutcome(term, outcome.result === 'failed', outcome.latencyMs);
    if (circuit.state !== state) this.#report(circuit, endpoint);
  }

  #report(circuit: CircuitBreaker, endpoint: LiveEndpoint | undefined): void {
    const { reason = '', openMs } = circuit;
    const { events, onChange } = this.#home;
    const { emit } = events;
    if (circuit.state === 'open') emit('circuit-opened', { endpoint, reason, openMs });
    else if (circuit.state === 'closed') emit('circuit-closed', { endpoint, reason });
    else emit('circuit-half-opened', { endpoint, reason });
    onChange();
  }

  #circuitOpen(what: string, circuit: CircuitBreaker): ProxyError {
    return coreError('SLUICE_CIRCUIT_OPEN', `${what} is ${circuit.state}: ${circuit.reason ?? ''}`, {
      retryAfterMs: circuit.retryAfterMs(),
    });
  }
}

function retryAfterMs({ counters }: LiveEndpoint): number {
  return counters.health.circuit?.retryAfterMs() ?? 0;
}
