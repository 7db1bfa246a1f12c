// An endpoint: what it is (immutable) and what it is doing (live, shared by all generations of the same id).
import type { EndpointAddress } from './endpoint-address.ts';

/** What an endpoint is made of. */
export interface EndpointOptions {
  /** `http://host:port`, `https://host:port`, `host:port`, `[v6]:port` or `unix:/path`. */
  readonly address: string;
  /** Its name in statistics, events and updates. @defaultValue the address in normal form */
  readonly id?: string;
  /** Its share, beside the weights of the others; 0 gets no new work. An integer from 0 to 65535. @defaultValue 1 */
  readonly weight?: number;
  /** Used only when no endpoint that is not a backup is available. @defaultValue false */
  readonly backup?: boolean;
  /** Out of rotation by hand. @defaultValue false */
  readonly down?: boolean;
  /** The most leases at one time. @defaultValue Infinity */
  readonly maxInFlight?: number;
  /** Anything that balancers and middleware of yours want to know. @defaultValue `{}` */
  readonly metadata?: Readonly<Record<string, unknown>>;
}

/** Whether an endpoint takes new work, and if not, why. */
export type EndpointState = 'available' | 'full' | 'ejected' | 'draining' | 'down';

/** One address that can receive work. */
export interface Endpoint {
  readonly id: string;
  readonly address: EndpointAddress;
  readonly weight: number;
  readonly backup: boolean;
  readonly down: boolean;
  readonly maxInFlight: number;
  readonly metadata: Readonly<Record<string, unknown>>;
  /** Leases open now. */
  readonly inFlight: number;
  /** Whether it takes new work now. */
  readonly available: boolean;
  readonly state: EndpointState;
}
