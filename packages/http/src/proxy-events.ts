// What a proxy tells the outside: one event for each exchange that is over and for each attempt that failed. Access logs are made of these.
import type { ProxyError } from '@sluice/core';
import type { Exchange } from './exchange.ts';

/** An exchange that is over. */
export interface ExchangeSummary {
  /** The exchange itself, with its request, client and attempts. */
  readonly exchange: Exchange;
  /** What was sent to the client; 499 when it left before there was a response, 101 for a tunnel that has closed. */
  readonly status: number;
  /** What was answered instead of a response, or cut it short. */
  readonly error: ProxyError | undefined;
  /** From the request's head to the end of the response, in milliseconds. */
  readonly durationMs: number;
}

/** An attempt that failed; the exchange may go on with another. */
export interface AttemptFailure {
  /** The exchange that the attempt belongs to. */
  readonly exchange: Exchange;
  /** The endpoint that was tried. */
  readonly endpointId: string;
  /** What went wrong. */
  readonly error: ProxyError;
}

/** An attempt that starts while another one runs. */
export interface AttemptHedge {
  /** The exchange that both belong to. */
  readonly exchange: Exchange;
  /** The endpoint that is asked besides. */
  readonly endpointId: string;
}

/** An attempt that was given up because another one has answered. */
export interface AttemptOvertake {
  /** The exchange that both belong to. */
  readonly exchange: Exchange;
  /** The endpoint that was too slow. */
  readonly endpointId: string;
  /** The endpoint that answered. */
  readonly winnerId: string;
}

/** The events of a proxy. */
export interface ProxyEventMap {
  /** Once for each exchange, when its response was sent or its client is gone. */
  readonly 'exchange-finished': ExchangeSummary;
  /** For each attempt that failed, before it is decided whether another follows. */
  readonly 'attempt-failed': AttemptFailure;
  /** For each hedge: an attempt that starts while another one runs. */
  readonly 'attempt-hedged': AttemptHedge;
  /** For each attempt that another one has overtaken. Says nothing about its endpoint but that it was slower. */
  readonly 'attempt-overtaken': AttemptOvertake;
}
