// What a TCP proxy tells the outside: who was refused, which endpoints did not answer, and each session from its start to its end.
import type { Endpoint, ProxyError } from '@sluice/core';
import type { SpliceResult } from '../splice-pair.ts';
import type { ClientConnection } from './client-connection.ts';

/** A connection that was closed before it was joined with an endpoint's. */
export interface ConnectionRefused {
  /** What was known of it. */
  readonly connection: ClientConnection;
  /** Why. */
  readonly error: ProxyError;
}

/** An endpoint that could not be connected; the session may go on with another. */
export interface ConnectFailed {
  /** For whom. */
  readonly connection: ClientConnection;
  /** The endpoint that was tried. */
  readonly endpoint: Endpoint;
  /** What went wrong. */
  readonly error: ProxyError;
}

/** A client's connection and an endpoint's, joined. */
export interface SessionOpened {
  /** The client's. */
  readonly connection: ClientConnection;
  /** Where it goes. */
  readonly endpoint: Endpoint;
}

/** A session that is over. */
export interface SessionClosed extends SessionOpened, SpliceResult {
  /** From the accept to the end, in milliseconds. */
  readonly durationMs: number;
}

/** The events of a TCP proxy. They are told synchronously, after the fact. */
export interface TcpProxyEvents {
  /** A connection was closed before it was joined with an endpoint's. */
  readonly 'connection-refused': ConnectionRefused;
  /** An endpoint could not be connected. */
  readonly 'connect-failed': ConnectFailed;
  /** A client's connection and an endpoint's were joined. */
  readonly 'session-opened': SessionOpened;
  /** A session is over. Access logs are made of these. */
  readonly 'session-closed': SessionClosed;
}
