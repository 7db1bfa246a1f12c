// An endpoint with its live counters. An update makes a new description on the same counters, so in-flight work and health survive it.
import type { Clock } from '../clock.ts';
import type { EndpointAddress } from '../endpoint/endpoint-address.ts';
import type { Endpoint, EndpointState } from '../endpoint/endpoint.ts';
import type { PassiveHealth } from '../health/passive-health.ts';

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
  draining: boolean;
  readonly health: PassiveHealth;
}

/** Makes counters that start at zero. */
export function createCounters(health: PassiveHealth): EndpointCounters {
  return { inFlight: 0, acquired: 0, ok: 0, failed: 0, cancelled: 0, draining: false, health };
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
    return this.state === 'available';
  }

  get state(): EndpointState {
    if (this.down) return 'down';
    if (this.counters.draining) return 'draining';
    if (this.counters.health.isEjected(this.#clock.now())) return 'ejected';
    return this.isFull ? 'full' : 'available';
  }

  get isFull(): boolean {
    return this.counters.inFlight >= this.maxInFlight;
  }

  /** Whether nobody has taken it out of rotation by hand; its health and load are another matter. */
  get isInService(): boolean {
    return !this.down && !this.counters.draining && this.weight > 0;
  }
}
