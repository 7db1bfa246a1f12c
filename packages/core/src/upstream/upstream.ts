// A named group of equal endpoints plus its policy: who gets the next piece of work.
//
//   acquire ── limits ── selection (available? → balancer) ──► lease ── release(outcome) ──► counters, health, waiters
//                 └────────── all full ──────────► queue ──┘
import type { Cancellation } from '../abort-scope.ts';
import type { EndpointSet } from '../endpoint/endpoint-set.ts';
import type { EndpointOptions } from '../endpoint/endpoint.ts';
import { coreError, type ProxyError } from '../errors.ts';
import { createEvents, type Events } from '../events.ts';
import { PassiveHealth, type HealthVerdict } from '../health/passive-health.ts';
import { EndpointSelection, type AcquireHint } from './endpoint-selection.ts';
import { EndpointLease, type Lease, type Lessor, type Outcome } from './lease.ts';
import { createCounters, LiveEndpoint, type EndpointDescription } from './live-endpoint.ts';
import { whenIdle } from './when-idle.ts';
import {
  resolveEndpoints,
  resolveUpstreamOptions,
  type ResolvedUpstreamOptions,
  type UpstreamOptions,
} from './upstream-options.ts';
import { endpointStats, type UpstreamStats } from './upstream-stats.ts';
import type { UpstreamChange, UpstreamEvents } from './upstream-events.ts';
import { WaitQueue } from './wait-queue.ts';

/** A named group of equal endpoints plus its policy. */
export interface Upstream {
  readonly name: string;
  /** The endpoints of the current generation. */
  readonly endpointSet: EndpointSet;
  /**
   * Lends an endpoint; no promise when one is free. Waits in a queue when all that fit are full.
   *
   * @throws ProxyError `SLUICE_NO_ENDPOINT`, `SLUICE_QUEUE_FULL`, `SLUICE_QUEUE_TIMEOUT`, `SLUICE_SHUTTING_DOWN`; thrown, or as a rejection
   * after waiting. A cancelled wait rejects with the cancellation's reason.
   */
  acquire(hint?: AcquireHint, cancellation?: Cancellation): Lease | Promise<Lease>;
  /**
   * Replaces the endpoints. Those with an id that was there before keep their counters and health and may change weight or address;
   * leases of those that are gone run on. An endpoint that was drained is back when it is listed again.
   *
   * @throws OptionsError when the list is wrong; nothing changes then.
   */
  update(endpoints: readonly (string | EndpointOptions)[]): UpstreamChange;
  /**
   * Takes the endpoint out of rotation without cutting the work it has. It stays out until an `update` lists it again.
   *
   * @returns How many leases were still open after `graceMs`. `0` is a clean drain, and the answer for an unknown id.
   */
  drain(endpointId: string, graceMs: number): Promise<number>;
  /** Refuses new work, sends the waiting away, and resolves when no lease is open. */
  close(): Promise<void>;
  /** Counters at this moment. */
  stats(): UpstreamStats;
  readonly on: Events<UpstreamEvents>['on'];
  readonly off: Events<UpstreamEvents>['off'];
}

/** Makes an upstream. @throws OptionsError with everything that is wrong in one message */
export function createUpstream(options: UpstreamOptions): Upstream {
  return new BalancedUpstream(resolveUpstreamOptions(options));
}

/** Whether a value is an upstream rather than the options to make one. */
export function isUpstream(value: unknown): value is Upstream {
  const upstream = value as Partial<Upstream> | null | undefined;
  return typeof upstream?.acquire === 'function' && typeof upstream.stats === 'function';
}

class BalancedUpstream implements Upstream, Lessor {
  readonly name: string;
  readonly on: Events<UpstreamEvents>['on'];
  readonly off: Events<UpstreamEvents>['off'];
  readonly #options: ResolvedUpstreamOptions;
  readonly #selection: EndpointSelection;
  readonly #queue: WaitQueue;
  readonly #events: Events<UpstreamEvents> = createEvents<UpstreamEvents>();
  readonly #released = new Set<() => void>();
  #inFlight = 0;
  #closed = false;

  constructor(options: ResolvedUpstreamOptions) {
    this.name = options.name;
    this.#options = options;
    this.#selection = new EndpointSelection(options.balancer, options.health.panic);
    this.#queue = new WaitQueue(options.name, options.limits, options.clock);
    this.on = this.#events.on;
    this.off = this.#events.off;
    this.#replace(options.endpoints);
  }

  get endpointSet(): EndpointSet {
    return this.#selection.all;
  }

  acquire(hint: AcquireHint = {}, cancellation?: Cancellation): Lease | Promise<Lease> {
    if (this.#closed) throw this.#shuttingDown();
    if (cancellation?.aborted === true) throw cancellation.reason;
    // Those who wait were here first.
    const lease = this.#queue.length === 0 ? this.#tryAcquire(hint) : undefined;
    return lease ?? this.#queue.wait(() => this.#tryAcquire(hint), cancellation);
  }

  /** A lease; `undefined` when it is worth waiting for one. @throws ProxyError `SLUICE_NO_ENDPOINT` */
  #tryAcquire(hint: AcquireHint): Lease | undefined {
    if (this.#inFlight >= this.#options.limits.maxInFlight) return undefined;
    const endpoint = this.#selection.select(hint);
    if (endpoint === undefined) {
      if (this.#selection.shortage(hint) === 'full') return undefined;
      throw coreError('SLUICE_NO_ENDPOINT', `${this.name} has no available endpoint`);
    }
    const { counters } = endpoint;
    counters.health.onLease(this.#options.clock.now());
    counters.inFlight++;
    counters.acquired++;
    this.#inFlight++;
    return new EndpointLease(endpoint, this);
  }

  onReleased(endpoint: LiveEndpoint, outcome: Outcome): void {
    const { counters } = endpoint;
    counters.inFlight--;
    counters[outcome.result]++;
    this.#inFlight--;
    this.#judge(endpoint, outcome);
    if (this.#queue.length > 0) this.#queue.serve();
    for (const listener of this.#released) listener();
  }

  update(endpoints: readonly (string | EndpointOptions)[]): UpstreamChange {
    const change = this.#replace(resolveEndpoints(endpoints));
    this.#events.emit('endpoints-updated', change);
    this.#queue.serve();
    return change;
  }

  async drain(endpointId: string, graceMs: number): Promise<number> {
    const endpoint = this.#selection.all.endpoints.find(({ id }) => id === endpointId);
    if (endpoint === undefined) return 0;
    const { counters } = endpoint;
    counters.draining = true;
    await whenIdle(() => counters.inFlight === 0, this.#released, this.#options.clock, graceMs);
    this.#events.emit('endpoint-drained', { endpoint, inFlight: counters.inFlight });
    return counters.inFlight;
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#queue.close(this.#shuttingDown());
    await whenIdle(() => this.#inFlight === 0, this.#released, this.#options.clock, Infinity);
  }

  stats(): UpstreamStats {
    const { refused: queueFull, timedOut: queueTimeouts, length: queued } = this.#queue;
    const { generation, endpoints } = this.#selection.all;
    return {
      name: this.name,
      generation,
      inFlight: this.#inFlight,
      queued,
      queueFull,
      queueTimeouts,
      endpoints: endpoints.map(endpointStats),
    };
  }

  #judge(endpoint: LiveEndpoint, outcome: Outcome): void {
    const { health } = endpoint.counters;
    let verdict: HealthVerdict = 'unchanged';
    if (outcome.result === 'ok') verdict = health.onOk();
    else if (outcome.result === 'cancelled') health.onCancelled();
    // As in nginx, a lone endpoint is never ejected: there is nobody else to ask.
    else if (this.#selection.all.endpoints.length > 1) verdict = health.onFailed(this.#options.clock.now());
    if (verdict === 'ejected') {
      this.#events.emit('endpoint-ejected', {
        endpoint,
        error: outcome.error,
        ejectedMs: this.#options.health.failTimeoutMs,
      });
    } else if (verdict === 'recovered') this.#events.emit('endpoint-recovered', { endpoint });
  }

  #replace(descriptions: readonly EndpointDescription[]): UpstreamChange {
    const { clock, health } = this.#options;
    const before = new Map(this.#selection.all.endpoints.map((endpoint) => [endpoint.id, endpoint]));
    const after = descriptions.map((description) => {
      const counters = before.get(description.id)?.counters ?? createCounters(new PassiveHealth(health));
      counters.draining = false;
      return new LiveEndpoint(description, counters, clock);
    });
    this.#selection.replace(after);
    return {
      generation: this.#selection.all.generation,
      added: after.filter(({ id }) => !before.has(id)).map(({ id }) => id),
      kept: after.filter(({ id }) => before.has(id)).map(({ id }) => id),
      removed: [...before.keys()].filter((id) => !after.some((endpoint) => endpoint.id === id)),
    };
  }

  #shuttingDown(): ProxyError {
    return coreError('SLUICE_SHUTTING_DOWN', `${this.name} is closed`);
  }
}
