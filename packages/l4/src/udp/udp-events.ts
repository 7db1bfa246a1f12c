// What a UDP proxy tells the outside: each session from its start to its end, endpoints that failed, datagrams that were dropped.
import type { Endpoint, ProxyError } from '@sluice/core';
import type { UdpClient } from './udp-client.ts';

/**
 * How a session ended: `answered`, it had the replies that were expected; `idle`, nothing moved for `idleMs`; `failed`, by the error that goes
 * with it; `cut`, its endpoint was lost or the proxy closed.
 */
export type UdpSessionEnd = 'answered' | 'idle' | 'failed' | 'cut';

/** A session that has an endpoint. It is told again when the session goes on with another one. */
export interface UdpSessionOpened {
  /** Whose it is. */
  readonly client: UdpClient;
  /** Where it goes. */
  readonly endpoint: Endpoint;
}

/** A session that is over. */
export interface UdpSessionClosed {
  /** Whose it was. */
  readonly client: UdpClient;
  /** Where it went last; `undefined` if it had no endpoint in the end. */
  readonly endpoint: Endpoint | undefined;
  /** How it ended. */
  readonly ended: UdpSessionEnd;
  /** Why it failed or was cut. */
  readonly error: ProxyError | undefined;
  /** Datagrams from the client. */
  readonly requests: number;
  /** Datagrams to the client. */
  readonly replies: number;
  /** Their bytes. */
  readonly requestBytes: number;
  /** Their bytes. */
  readonly replyBytes: number;
  /** From its first datagram to its end, in milliseconds. */
  readonly durationMs: number;
}

/** An endpoint that refused a session, or did not reply in time. */
export interface UdpEndpointFailed {
  /** Whose session it was. */
  readonly client: UdpClient;
  /** Which endpoint. */
  readonly endpoint: Endpoint;
  /** What went wrong. */
  readonly error: ProxyError;
}

/** A datagram that came from a client or an endpoint, and went no further. */
export interface UdpDatagramDropped {
  /** The client that sent it, or was to have it. */
  readonly client: UdpClient;
  /** Why: a code of an error. */
  readonly code: string;
}

/** The events of a UDP proxy. They are told synchronously, after the fact. */
export interface UdpProxyEvents {
  /** A session has an endpoint. */
  readonly 'session-opened': UdpSessionOpened;
  /** A session is over. Access logs are made of these. */
  readonly 'session-closed': UdpSessionClosed;
  /** An endpoint failed a session. */
  readonly 'endpoint-failed': UdpEndpointFailed;
  /** A datagram was dropped. Under an attack there are many: what listens has to be quick. */
  readonly 'datagram-dropped': UdpDatagramDropped;
}
