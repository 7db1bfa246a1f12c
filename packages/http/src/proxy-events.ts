// What a proxy tells the outside: one event for each exchange that is over and for each attempt that failed. Access logs are made of these.
import type { ProxyError } from '@sluice/core';
import type { Exchange } from './exchange.ts';

/** An exchange that is over. */
export interface ExchangeSummary {
  readonly exchange: Exchange;
  /** What was sent to the client; 499 when it left before there was a response, 101 for a tunnel that has closed. */
  readonly status: number;
  /** What was answered instead of a response, or cut it short. */
  readonly error: ProxyError | undefined;
  readonly durationMs: number;
}

/** An attempt that failed; the exchange may go on with another. */
export interface AttemptFailure {
  readonly exchange: Exchange;
  readonly endpointId: string;
  readonly error: ProxyError;
}

/** The events of a proxy. */
export interface ProxyEventMap {
  readonly 'exchange-finished': ExchangeSummary;
  readonly 'attempt-failed': AttemptFailure;
}
