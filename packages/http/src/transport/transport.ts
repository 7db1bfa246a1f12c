// The seam between the proxy and whatever carries a request to an endpoint. Picks nothing and retries nothing itself,
// but for replacing a connection that had gone stale.
import type { AbortScope, Endpoint } from '@sluice/core';
import type { Body } from '../body/body.ts';
import type { HeaderList } from '../headers/header-list.ts';
import type { ProxyResponse } from '../response/response.ts';

/** How long an attempt may wait in each of its phases, in milliseconds; `Infinity` is for ever. */
export interface AttemptTimeouts {
  /** Name lookup, TCP and TLS handshake together. */
  readonly connectMs: number;
  /** From the last progress in sending the request to the response's head. An interim response starts it again. */
  readonly responseHeadMs: number;
  /** Between two pieces of the request body, in either direction: the client sends none, or the endpoint takes none. */
  readonly requestBodyIdleMs: number;
  /** Between two pieces of the response body, while the client could take more. */
  readonly responseBodyIdleMs: number;
}

/** One attempt of an exchange, complete but for what belongs to the connection: framing and connection management. */
export interface OutgoingRequest {
  /** Where it goes. */
  readonly endpoint: Endpoint;
  /** The method, whose letter case counts. */
  readonly method: string;
  /** The request-target, sent as it is. A success of CONNECT comes with a tunnel, as a 101 does. */
  readonly target: string;
  /** End-to-end fields with `Host`. Without `Connection`, `Content-Length`, `Transfer-Encoding`, `TE`, `Upgrade`, `Expect`. */
  readonly headers: HeaderList;
  /** Sent with `Content-Length` when its size is known (`0` only for methods that define a body), else chunked with its trailers. */
  readonly body: Body;
  /** Announce the body and hold it back until the endpoint says 100; a final answer instead cancels it. */
  readonly expectContinue: boolean;
  /** The protocols offered in `Upgrade`, if the client wants to leave HTTP. */
  readonly upgrade: string | undefined;
  /** Whether the request may be sent again on a fresh connection when a reused one died before it answered. */
  readonly mayResend: boolean;
  /** Aborting it ends the attempt in any phase at once. */
  readonly scope: AbortScope;
  /** How long each phase may take. */
  readonly timeouts: AttemptTimeouts;
  /** Hears each interim response (1xx) except 101. */
  readonly onInformational?: ((status: number, statusText: string, headers: HeaderList) => void) | undefined;
}

/** A transport's counters at one moment. */
export interface TransportStats {
  /** Connections open now. */
  readonly openConnections: number;
  /** Those of them that wait for a request. */
  readonly idleConnections: number;
  /** Connections made since the start. */
  readonly connectionsCreated: number;
  /** Requests sent on a connection that had served one before. */
  readonly connectionsReused: number;
}

/** Sends attempts. */
export interface Transport {
  /** What logs and statistics call it. */
  readonly name: string;
  /**
   * Sends one request and resolves with the final response as soon as its head is there; interim ones go to `onInformational`.
   *
   * The request body goes on flowing after an early answer. The response body must be piped or cancelled.
   *
   * @throws ProxyError with stage `connect`, `request` or `response`; the scope's reason when it was aborted.
   */
  send(request: OutgoingRequest): Promise<ProxyResponse>;
  /** Counters since the transport was made. */
  stats(): TransportStats;
  /** Closes idle connections now and the others when their exchange ends. Resolves when none is left. */
  close(): Promise<void>;
}
