// What one client may cost a listener: the limits, their defaults, and the one place where both are read.
import type { OptionsReader } from '@sluice/core';

/** Limits of a listener. What is over one is answered with the status given, or not accepted. `Infinity` is no limit. */
export interface ListenerLimits {
  /** Bytes of a request's head: 431. @defaultValue 32768 */
  readonly maxHeadBytes?: number;
  /** Field lines of a request's head: 431. @defaultValue 200 */
  readonly maxFields?: number;
  /** Bytes of a request-target: 414. @defaultValue 8192 */
  readonly maxTargetBytes?: number;
  /** Bytes of a request's body: 413. @defaultValue Infinity: bodies stream through and are not held */
  readonly maxBodyBytes?: number;
  /**
   * The slowest a client may send a body, in bytes per second on average once it has been awaited for 5 s: 408.
   * @defaultValue 240, the rate of Kestrel
   */
  readonly minBodyBytesPerSecond?: number;
  /** Requests on one connection; the last one is answered with `Connection: close`. @defaultValue 10000 */
  readonly maxRequestsPerConnection?: number;
  /** Open connections, TLS handshakes and tunnels included; more are closed as they come. @defaultValue 16384 */
  readonly maxConnections?: number;
  /**
   * Open connections of one IPv4 address, or of one IPv6 network of 64 bits, which is what a client has at least. Unix sockets have no addresses.
   * @defaultValue Infinity: there may be another proxy in front
   */
  readonly maxConnectionsPerAddress?: number;
}

/** `ListenerLimits`, complete. */
export type ResolvedListenerLimits = { readonly [Key in keyof ListenerLimits]-?: number };

/** The defaults of `ListenerLimits`. Those of heads are nginx's: four buffers of 8 KiB, one of which holds the request line. */
export const listenerLimitDefaults: ResolvedListenerLimits = Object.freeze({
  maxHeadBytes: 32 * 1024,
  maxFields: 200,
  maxTargetBytes: 8 * 1024,
  maxBodyBytes: Infinity,
  minBodyBytesPerSecond: 240,
  maxRequestsPerConnection: 10_000,
  maxConnections: 16_384,
  maxConnectionsPerAddress: Infinity,
});

/** Reads the limits as a part of other options. */
export function readListenerLimits(reader: OptionsReader): ResolvedListenerLimits {
  const read = (key: keyof ListenerLimits, min: number): number =>
    reader.integer(key, { default: listenerLimitDefaults[key], min, infinity: true });
  return Object.freeze({
    maxHeadBytes: read('maxHeadBytes', 64),
    maxFields: read('maxFields', 1),
    maxTargetBytes: read('maxTargetBytes', 1),
    maxBodyBytes: read('maxBodyBytes', 0),
    minBodyBytesPerSecond: read('minBodyBytesPerSecond', 0),
    maxRequestsPerConnection: read('maxRequestsPerConnection', 1),
    maxConnections: read('maxConnections', 1),
    maxConnectionsPerAddress: read('maxConnectionsPerAddress', 1),
  });
}
