// An endpoint with its live counters. An update makes a new description on the same counters, so in-flight work and health survive it.
import type { Clock, Timer } from '../clock.ts';
import type { EndpointAddress } from '../endpoint/endpoint-address.ts';
import type { Endpoint, EndpointState } from '../endpoint/endpoint.ts';
import type { PassiveHealth } from '../health/passive-health.ts';
import type { Drain } from './drain.ts';

/** An endpoint's description, checked and complete. */
export interface EndpointDescription {
  readonly id: string;
  readonly address: EndpointAddress;
  readonly weight: number;
  readonly backup: boolean;
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
  /** The wait for its leases, while somebody waits. */
  drain: Drain | undefined;
  /** Wakes the queue when the ejection is over. */
  trialTimer: Timer | undefined;
  readonly health: PassiveHealth;
}

/** Makes counters that start at zero. */
export function createCounters(health: PassiveHealth): EndpointCounters {
  return {
    inFlight: 0,
    acquired: 0,
    ok: 0,
    failed: 0,
    cancelled: 0,
    isDraining: false,
    isGone: false,
    drain: undefined,
    trialTimer: undefined,
    health,
  };
}

/** One generation of an endpoint. */
export class LiveEndpoint implements Endpoint {
  readonly id: string;
  readonly address: EndpointAddress;
  readonly weight: number;
  readonly backup: boolean;
  readonly down: boolean;
  readonly maxInFlight: number;
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly counters: EndpointCounters;
  readonly #clock: Clock;

  constructor(description: EndpointDescription, counters: EndpointCounters, clock: Clock) {
    this.id = description.id;
    this.address = description.address;
    this.weight = description.weight;
    this.backup = description.backup;
    this.down = description.down;
    this.maxInFlight = description.maxInFlight;
    this.metadata = description.metadata;
    this.counters = counters;
    this.#clock = clock;
  }

  get inFlight(): number {
    return this.counters.inFlight;
  }

  get available(): boolean {
    return this.isInService && !this.isFull && !this.isEjected;
  }

  get state(): EndpointState {
    if (this.down || this.weight === 0) return 'down';
    if (this.counters.isDraining) return 'draining';
    if (this.isEjected) return 'ejected';
    return this.isFull ? 'full' : 'available';
  }

  /** Whether nobody has taken it out of rotation by hand; its health and load are another matter. */
  get isInService(): boolean {
    return !this.down && this.weight > 0 && !this.counters.isDraining;
  }

  /** Whether health has taken it out of rotation. */
  get isEjected(): boolean {
    return this.counters.health.isEjected(this.#clock);
  }

  /** Whether it has as many leases as it may have. */
  get isFull(): boolean {
    return this.counters.inFlight >= this.maxInFlight;
  }
}
