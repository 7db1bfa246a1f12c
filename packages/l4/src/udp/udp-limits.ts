// What clients may cost a UDP proxy, and what endpoints may send them: the limits, their defaults, and the one place where both are read.
import type { OptionsReader } from '@sluice/core';

/** Limits of a UDP proxy. What is over one is dropped and counted. `Infinity` is no limit. */
export interface UdpLimits {
  /** Open sessions. Each has a socket of its own, and so a descriptor and a port. @defaultValue 16384 */
  readonly maxSessions?: number;
  /** Open sessions of one client address; of one /64 network with IPv6. @defaultValue Infinity: there may be many clients behind one address */
  readonly maxSessionsPerAddress?: number;
  /** The longest datagram of a client. @defaultValue 65535 */
  readonly maxRequestBytes?: number;
  /** The longest datagram of an endpoint. @defaultValue 65535 */
  readonly maxReplyBytes?: number;
  /** Replies to a session for each of its requests so far. @defaultValue Infinity */
  readonly maxRepliesPerRequest?: number;
  /**
   * Bytes of replies to a session for each byte of its requests so far: how much an attacker can make of what it sends in another's name. QUIC
   * (RFC 9000 section 8) allows 3. @defaultValue Infinity
   */
  readonly maxReplyByteRatio?: number;
  /** Bytes of one session's requests that wait for an endpoint; one request may always wait. @defaultValue 65536 */
  readonly maxPendingBytes?: number;
  /** Bytes that wait in one socket because the system takes no more. @defaultValue 1048576 */
  readonly maxQueuedBytes?: number;
}

/** `UdpLimits`, complete. */
export type ResolvedUdpLimits = { readonly [Key in keyof UdpLimits]-?: number };

/** The defaults of `UdpLimits`. */
export const udpLimitDefaults: ResolvedUdpLimits = Object.freeze({
  maxSessions: 16_384,
  maxSessionsPerAddress: Infinity,
  maxRequestBytes: 65_535,
  maxReplyBytes: 65_535,
  maxRepliesPerRequest: Infinity,
  maxReplyByteRatio: Infinity,
  maxPendingBytes: 65_536,
  maxQueuedBytes: 1_048_576,
});

/** Reads the limits as a part of other options. */
export function readUdpLimits(reader: OptionsReader): ResolvedUdpLimits {
  const read = (key: keyof UdpLimits, min: number): number =>
    reader.integer(key, { default: udpLimitDefaults[key], min, infinity: true });
  return Object.freeze({
    maxSessions: read('maxSessions', 1),
    maxSessionsPerAddress: read('maxSessionsPerAddress', 1),
    maxRequestBytes: read('maxRequestBytes', 1),
    maxReplyBytes: read('maxReplyBytes', 1),
    maxRepliesPerRequest: read('maxRepliesPerRequest', 1),
    maxReplyByteRatio: reader.number('maxReplyByteRatio', { default: udpLimitDefaults.maxReplyByteRatio, min: 0 }),
    maxPendingBytes: read('maxPendingBytes', 0),
    maxQueuedBytes: read('maxQueuedBytes', 0),
  });
}
