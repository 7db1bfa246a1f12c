// An endpoint as others see it: what it is (immutable) and what it is doing (live, shared by all generations of the same id).
import type { EndpointAddress } from './endpoint-address.ts';

/** What an endpoint is made of. */
export interface EndpointOptions {
  /** `http://host:port`, `https://host:port`, `host:port`, `[v6]:port` or `unix:/path`. */
  readonly address: string;
  /** Its name in statistics, events and updates; unique in its upstream. @defaultValue the address in its normal form */
  readonly id?: string;
  /** Its share beside the weights of the others; 0 gets no new work. An integer from 0 to 65535. @defaultValue 1 */
  readonly weight?: number;
  /** Used only when no endpoint that is not a backup is available: the last tier. @defaultValue false */
  readonly backup?: boolean;
  /**
   * The tier it is in: 0 is the first, and the next gets what those before it are too unhealthy for. Not beside `backup`. An integer from 0 to
   * 65535. @defaultValue 0
   */
  readonly priority?: number;
  /** Where it is, such as `'eu-west-1a'`, for upstreams with a `locality`. @defaultValue somewhere */
  readonly zone?: string;
  /** What its zone is part of, such as `'eu-west-1'`. @defaultValue somewhere */
  readonly region?: string;
  /** Out of rotation by hand. @defaultValue false */
  readonly down?: boolean;
  /** The most leases at one time; at least 1. @defaultValue Infinity */
  readonly maxInFlight?: number;
  /** Anything that balancers and middleware of yours want to know. Kept as it is. @defaultValue `{}` */
  readonly metadata?: Readonly<Record<string, unknown>>;
}

/**
 * Whether an endpoint takes new work, and if not, why. When several reasons apply, the later one of this list is told.
 *
 * - `available`: it takes new work.
 * - `full`: it has as many leases as it may have.
 * - `tripped`: its circuit breaker is open, or half-open with all its probes out.
 * - `ejected`: it failed too often, and its time out is not over or its trial request is not back.
 * - `unchecked`: its first probe is not back, and it gets no work before.
 * - `unhealthy`: an active check says so.
 * - `draining`: `drain` was called, or it has asked for no new work itself.
 * - `down`: it is out of rotation by its options: `down`, or a weight of 0.
 */
export type EndpointState =
  'available' | 'full' | 'tripped' | 'ejected' | 'unchecked' | 'unhealthy' | 'draining' | 'down';

/** One address that can receive work. */
export interface Endpoint {
  /** Its name, unique in its upstream. */
  readonly id: string;
  /** Where it is. */
  readonly address: EndpointAddress;
  /** Its share beside the weights of the others, as its options say. The same for as long as it is in the same set. */
  readonly weight: number;
  /** Its share at this moment: `weight`, or less when it has asked for less. Above 0 when `weight` is. */
  readonly currentWeight: number;
  /** Whether it is used only when no other is available. */
  readonly backup: boolean;
  /** Its tier, 0 first; that of the backups is after all others. */
  readonly priority: number;
  /** Its zone, if its options say so. */
  readonly zone: string | undefined;
  /** Its region, if its options say so. */
  readonly region: string | undefined;
  /** Whether its options take it out of rotation. */
  readonly down: boolean;
  /** The most leases at one time; `Infinity` without a limit. */
  readonly maxInFlight: number;
  /** What its options brought along. */
  readonly metadata: Readonly<Record<string, unknown>>;
  /** Leases open now. */
  readonly inFlight: number;
  /** Whether it takes new work now: `state` is `available`. */
  readonly available: boolean;
  /** Whether it takes new work now, and if not, why. */
  readonly state: EndpointState;
}
