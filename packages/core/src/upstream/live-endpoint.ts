// An endpoint with its live counters. An update makes a new description on the same counters, so in-flight work and health survive it.
import type { Clock } from '../clock.ts';
import type { EndpointAddress } from '../endpoint/endpoint-address.ts';
import type { Endpoint, EndpointState } from '../endpoint/endpoint.ts';
import type { EndpointHealth } from '../health/endpoint-health.ts';
import type { Drain } from './drain.ts';
import type { SlowStart } from './slow-start.ts';

/** An endpoint's description, checked and complete. */
export interface EndpointDescription {
  readonly id: string;
  readonly address: EndpointAddress;
  readonly weight: number;
  readonly backup: boolean;
  readonly priority: number;
  readonly zone: string | undefined;
  readonly region: string | undefined;
  readonly down: boolean;
  readonly maxInFlight: number;
  readonly metadata: Readonly<Record<string, unknown>>;
}

/** What all generations of one endpoint share. */
export interface EndpointCounters {
  inFlight: number;
  acquired: number;
  ok: number;
  failed: number;
  cancelled: number;
  /** Whether it takes no new work until it is resumed. */
  isDraining: boolean;
  /** Whether an update removed it. */
  isGone: boolean;
  /** When its weight began to rise, by its upstream's slow start. */
  rampStartMs: number;
  /** The wait for its leases, while somebody waits. */
  drain: Drain | undefined;
  readonly health: EndpointHealth;
}

/** Makes counters that start at zero. */
export function createCounters(health: EndpointHealth): EndpointCounters {
  return {
    inFlight: 0,
    acquired: 0,
    ok: 0,
    failed: 0,
    cancelled: 0,
    isDraining: false,
    isGone: false,
    rampStartMs: -Infinity,
    drain: undefined,
    health,
  };
}

/** One generation of an endpoint. */
export class LiveEndpoint implements Endpoint {
  readonly id: string;
  readonly address: EndpointAddress;
  readonly weight: number;
  readonly backup: boolean;
  readonly priority: number;
  readonly zone: string | undefined;
  readonly region: string | undefined;
  readonly down: boolean;
  readonly maxInFlight: number;
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly counters: EndpointCounters;
  readonly #clock: Clock;
  readonly #slowStart: SlowStart | undefined;

  constructor(description: EndpointDescription, counters: EndpointCounters, clock: Clock, slowStart?: SlowStart) {
    this.id = description.id;
    this.address = description.address;
    this.weight = description.weight;
    this.backup = description.backup;
    this.priority = description.priority;
    this.zone = description.zone;
    this.region = description.region;
    this.down = description.down;
    this.maxInFlight = description.maxInFlight;
    this.metadata = description.metadata;
    this.counters = counters;
    this.#clock = clock;
    this.#slowStart = slowStart;
  }

  get inFlight(): number {
    return this.counters.inFlight;
  }

  get currentWeight(): number {
    const { weightPercent } = this.counters.health;
    // One that asks for nothing is passed over, but when none else is left, all such endpoints are used in their usual proportion.
    const weight = weightPercent === 0 ? this.weight : (this.weight * weightPercent) / 100;
    return this.#slowStart === undefined ? weight : weight * this.#slowStart.shareOf(this.counters.rampStartMs);
  }

  get available(): boolean {
    return this.isInService && !this.isFull && this.isFit;
  }

  get state(): EndpointState {
    const { health, isDraining } = this.counters;
    if (this.down || this.weight === 0) return 'down';
    if (isDraining || health.asksToDrain) return 'draining';
    if (health.verdict === 'unhealthy') return 'unhealthy';
    if (health.verdict === 'unknown') return 'unchecked';
    if (health.ejection.isClosed(this.#clock)) return 'ejected';
    if (this.isTripped) return 'tripped';
    return this.isFull ? 'full' : 'available';
  }

  /** Whether nobody has taken it out of rotation by hand; its health and load are another matter. */
  get isInService(): boolean {
    return !this.down && this.weight > 0 && !this.counters.isDraining;
  }

  /** Whether its health allows new work: it is not ejected, its checks are content, and it has not asked to drain. */
  get isFit(): boolean {
    return this.counters.health.isFit(this.#clock);
  }

  /** Whether its circuit breaker lets nothing through now. Panic does not help against that. */
  get isTripped(): boolean {
    return this.counters.health.isTripped;
  }

  /** The same, whatever its circuit breaker says. */
  get isWell(): boolean {
    return this.counters.health.isWell(this.#clock);
  }

  /** Whether its first probe is still to come back. */
  get isUnchecked(): boolean {
    return this.isInService && this.counters.health.verdict === 'unknown';
  }

  /** Whether it takes work of clients that it has served before: draining does not matter. */
  get keepsClients(): boolean {
    return !this.down && !this.isFull && this.counters.health.isSound(this.#clock);
  }

  /** Whether it has as many leases as it may have. */
  get isFull(): boolean {
    return this.counters.inFlight >= this.maxInFlight;
  }
}
