// The upstream itself: wires selection, health, queue and counters. Each of them decides in a file of its own.
//
//   acquire ── guard, limits ── selection (available? → balancer) ──► lease ── release(outcome) ──► counters, health, waiters
//                 └────────── all full ──────────► queue ──┘
import type { Cancellation } from '../abort-scope.ts';
import type { EndpointSource } from '../discovery/endpoint-source.ts';
import { UpstreamDiscovery } from '../discovery/upstream-discovery.ts';
import type { EndpointSet } from '../endpoint/endpoint-set.ts';
import type { EndpointOptions } from '../endpoint/endpoint.ts';
import { coreError, type ProxyError } from '../errors.ts';
import { createEvents, type Events } from '../events.ts';
import { PanicWatch } from '../health/panic-watch.ts';
import { UpstreamHealth } from '../health/upstream-health.ts';
import { resolveWeightWish, type WeightWishOptions } from '../health/weight-wish.ts';
import { describeValue } from '../options/describe-value.ts';
import { OptionsError } from '../options/options-error.ts';
import { createGuard, type OverloadGuard } from '../resilience/overload-guard.ts';
import { Drain } from './drain.ts';
import { EndpointSelection, selectionPolicy, type AcquireHint } from './endpoint-selection.ts';
import { updateEndpoints } from './endpoint-update.ts';
import { LeaseDesk } from './lease-desk.ts';
import type { Lease } from './lease.ts';
import type { EndpointDescription, LiveEndpoint } from './live-endpoint.ts';
import type { UpstreamChange, UpstreamEvents } from './upstream-events.ts';
import {
  resolveEndpoints,
  resolveUpstreamOptions,
  type ResolvedUpstreamOptions,
  type UpstreamOptions,
} from './upstream-options.ts';
import { endpointStats, overloadStats, type UpstreamStats } from './upstream-stats.ts';
import type { Upstream } from './upstream.ts';
import { WaitQueue } from './wait-queue.ts';

const anyEndpoint: AcquireHint = Object.freeze({});

/**
 * Makes an upstream.
 *
 * @throws OptionsError (`SLUICE_OPTIONS_INVALID`) with everything that is wrong in one message.
 * @example
 * ```ts
 * const upstream = createUpstream({ endpoints: ['http://127.0.0.1:3000', { address: 'http://127.0.0.1:3001', backup: true }] });
 * const lease = await upstream.acquire();
 * lease.release(outcomeOk);
 * ```
 */
export function createUpstream(options: UpstreamOptions): Upstream {
  return new BalancedUpstream(resolveUpstreamOptions(options));
}

class BalancedUpstream implements Upstream {
  readonly name: string;
  readonly #options: ResolvedUpstreamOptions;
  readonly #selection: EndpointSelection;
  readonly #queue: WaitQueue;
  readonly #health: UpstreamHealth;
  readonly #guard: OverloadGuard | undefined;
  readonly #desk: LeaseDesk;
  readonly #discovery: UpstreamDiscovery;
  readonly #events: Events<UpstreamEvents> = createEvents<UpstreamEvents>();
  readonly on: Events<UpstreamEvents>['on'] = this.#events.on;
  readonly off: Events<UpstreamEvents>['off'] = this.#events.off;
  readonly #hasRoom = (): boolean => this.#desk.inFlight < this.#maxInFlight && this.#selection.hasRoom();
  #closing: Promise<void> | undefined;

  constructor(options: ResolvedUpstreamOptions) {
    this.name = options.name;
    this.#options = options;
    const panics = new PanicWatch(options.health.panic, this.#events.emit);
    this.#selection = new EndpointSelection(options.balancer, selectionPolicy(options), panics);
    const home = { clock: options.clock, random: options.random, emit: this.#events.emit };
    this.#queue = new WaitQueue(options.name, options.limits, options.clock, () => this.#discovery.describePending());
    this.#health = new UpstreamHealth(options.health, {
      ...home,
      endpoints: () => this.#selection.all.endpoints,
      onChange: () => this.#onChange(),
      onTrial: () => this.#selection.refresh(),
    });
    this.#discovery = new UpstreamDiscovery(options.discovery, {
      ...home,
      apply: (endpoints) => this.#replace(endpoints),
      onReady: () => this.#queue.serve(),
    });
    this.#guard = createGuard(options, this.#events, () => this.#onChange());
    this.#desk = new LeaseDesk(options, {
      health: this.#health,
      guard: this.#guard,
      hasOthers: () => this.#selection.all.endpoints.length > 1,
      onFreed: () => {
        if (this.#queue.length > 0) this.#queue.serve(this.#hasRoom);
      },
    });
    this.#replace(options.endpoints);
    if (options.source !== undefined) this.follow(options.source);
  }

  get endpointSet(): EndpointSet {
    return this.#selection.all;
  }

  acquire(hint: AcquireHint = anyEndpoint, cancellation?: Cancellation): Lease | Promise<Lease> {
    if (this.#closing !== undefined) throw this.#shuttingDown();
    if (cancellation?.aborted === true) throw cancellation.reason;
    // Those who wait were here first; what they could not use is free for all.
    if (this.#queue.length > 0) this.#queue.serve(this.#hasRoom);
    return this.#tryAcquire(hint) ?? this.#queue.wait(() => this.#tryAcquire(hint), cancellation);
  }

  /** The most leases at one time, for now. */
  get #maxInFlight(): number {
    const { maxInFlight } = this.#options.limits;
    return this.#guard === undefined ? maxInFlight : Math.min(maxInFlight, this.#guard.maxInFlight);
  }

  /** A lease; `undefined` when it is worth waiting for one. @throws ProxyError `SLUICE_NO_ENDPOINT`, `SLUICE_CIRCUIT_OPEN` */
  #tryAcquire(hint: AcquireHint): Lease | undefined {
    this.#guard?.admit();
    const isFull = this.#desk.inFlight >= this.#maxInFlight;
    const endpoint = isFull ? undefined : this.#selection.select(hint);
    if (endpoint === undefined) {
      if (this.#selection.isWorthWaiting(hint, isFull)) return undefined;
      if (this.#discovery.owes(this.endpointSet)) return undefined;
      throw this.#guard?.refusal(this.#selection.all.endpoints, hint) ?? this.#noEndpoint();
    }
    return this.#desk.lend(endpoint);
  }

  update(endpoints: readonly (string | EndpointOptions)[]): UpstreamChange {
    return this.#replace(resolveEndpoints(endpoints));
  }

  follow(source: EndpointSource): () => void {
    return this.#discovery.follow(source);
  }

  ready(cancellation?: Cancellation): Promise<void> {
    return this.#discovery.ready(cancellation);
  }

  async drain(endpointId: string, graceMs: number): Promise<number> {
    const endpoint = this.#selection.find(endpointId);
    if (endpoint === undefined) {
      const message = `must be the id of an endpoint of ${this.name}, got ${describeValue(endpointId)}`;
      throw new OptionsError([{ path: 'endpointId', message }]);
    }
    const { counters } = endpoint;
    counters.isDraining = true;
    this.#health.follow(endpoint);
    this.#onChange();
    const drain = (counters.drain ??= this.#createDrain(endpoint));
    if (counters.inFlight === 0) drain.end();
    else drain.limit(graceMs);
    return drain.done;
  }

  resume(endpointId: string): boolean {
    const endpoint = this.#selection.find(endpointId);
    if (endpoint?.counters.isDraining !== true) return false;
    endpoint.counters.isDraining = false;
    endpoint.counters.rampStartMs = this.#options.clock.now();
    endpoint.counters.drain?.end();
    this.#health.follow(endpoint);
    this.#onChange();
    return true;
  }

  reweigh(endpointId: string, wish: WeightWishOptions): boolean {
    const resolved = resolveWeightWish(wish);
    const endpoint = this.#selection.find(endpointId);
    if (endpoint === undefined) return false;
    this.#health.wish(endpoint, resolved, resolved.holdMs);
    return true;
  }

  close(): Promise<void> {
    return (this.#closing ??= this.#finish());
  }

  stats(): UpstreamStats {
    const { generation, endpoints } = this.#selection.all;
    const load = { inFlight: this.#desk.inFlight, maxInFlight: this.#maxInFlight, queued: this.#queue.length };
    return {
      name: this.name,
      generation,
      ...overloadStats(load, this.#guard, this.#options.clock),
      queueFull: this.#queue.refused,
      queueTimeouts: this.#queue.timedOut,
      discovery: this.#discovery.stats(),
      ...this.#selection.stats(),
      endpoints: endpoints.map((endpoint) => endpointStats(endpoint, this.#options.clock)),
    };
  }

  #replace(descriptions: readonly EndpointDescription[]): UpstreamChange {
    const { clock, slowStart } = this.#options;
    const before = this.#selection.all.endpoints;
    const update = updateEndpoints(
      before,
      descriptions,
      () => this.#health.create(this.#guard?.createCircuit()),
      clock,
      slowStart,
    );
    const { added, changed, removed, endpoints } = update;
    if (update.isChange || this.#selection.all.generation === 0) this.#selection.replace(endpoints);
    for (const { counters } of update.gone) counters.isGone = true;
    for (const endpoint of [...update.gone, ...endpoints]) this.#health.follow(endpoint);
    if (endpoints.length === 1) endpoints[0]?.counters.health.restore();
    this.#selection.refresh();
    const change = { generation: this.#selection.all.generation, added, changed, removed };
    if (update.isChange) this.#events.emit('endpoints-updated', change);
    this.#queue.serve();
    return change;
  }

  /** More, or less, is usable than before. */
  #onChange(): void {
    this.#selection.refresh();
    this.#queue.serve();
  }

  #createDrain(endpoint: LiveEndpoint): Drain {
    const { counters } = endpoint;
    return new Drain(this.#options.clock, () => {
      counters.drain = undefined;
      // Read once: a listener may end what is left.
      const { inFlight } = counters;
      this.#events.emit('endpoint-drained', { endpoint, inFlight });
      return inFlight;
    });
  }

  #finish(): Promise<void> {
    this.#queue.close(this.#shuttingDown());
    this.#health.close(this.#selection.all.endpoints);
    this.#discovery.close(this.#shuttingDown());
    return this.#desk.whenIdle();
  }

  #noEndpoint(): ProxyError {
    return coreError('SLUICE_NO_ENDPOINT', `no endpoint of ${this.name} will do: ${this.#selection.describe()}`);
  }

  #shuttingDown(): ProxyError {
    return coreError('SLUICE_SHUTTING_DOWN', `${this.name} is closed`);
  }
}
