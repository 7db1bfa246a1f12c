// What clients may cost a TCP proxy: the limits, their defaults, and the one place where both are read.
import type { OptionsReader } from '@sluice/core';

/** Limits of a TCP proxy. A connection over one is reset before anything is read. `Infinity` is no limit. */
export interface TcpLimits {
  /** Open connections. @defaultValue 16384 */
  readonly maxConnections?: number;
  /** Open connections of one client address; of one /64 network with IPv6. @defaultValue Infinity: there may be another proxy in front */
  readonly maxConnectionsPerAddress?: number;
  /** Connections accepted in a second; as many may come at once. @defaultValue Infinity */
  readonly maxAcceptsPerSecond?: number;
}

/** `TcpLimits`, complete. */
export type ResolvedTcpLimits = { readonly [Key in keyof TcpLimits]-?: number };

/** The defaults of `TcpLimits`. */
export const tcpLimitDefaults: ResolvedTcpLimits = Object.freeze({
  maxConnections: 16_384,
  maxConnectionsPerAddress: Infinity,
  maxAcceptsPerSecond: Infinity,
});

/** Reads the limits as a part of other options. */
export function readTcpLimits(reader: OptionsReader): ResolvedTcpLimits {
  const read = (key: keyof TcpLimits): number =>
    reader.integer(key, { default: tcpLimitDefaults[key], min: 1, infinity: true });
  return Object.freeze({
    maxConnections: read('maxConnections'),
    maxConnectionsPerAddress: read('maxConnectionsPerAddress'),
    maxAcceptsPerSecond: read('maxAcceptsPerSecond'),
  });
}
