// How an attempt that led to no response is noted: on its lease, in its exchange, and to whoever listens. Whether another follows is retry/.
import { isProxyError, outcomeCancelled, type Endpoint, type Lease, type Outcome, type ProxyError } from '@sluice/core';
import { httpError } from './errors.ts';
import type { ProxyExchange } from './exchange.ts';

/** Who hears of failed attempts. */
export interface AttemptListener {
  /** Hears of every failed attempt, also those that are repeated. */
  readonly onAttemptFailed: (exchange: ProxyExchange, endpoint: Endpoint, error: ProxyError) => void;
}

/** Notes an attempt that ended with an error. @returns the error, as one of ours */
export function failAttempt(
  exchange: ProxyExchange,
  lease: Lease,
  error: unknown,
  listener: AttemptListener,
): ProxyError {
  const failure = isProxyError(error)
    ? error
    : httpError('SLUICE_INTERNAL', 'an attempt failed unexpectedly', { cause: error });
  // A client that went away, or sent its body too slowly, says nothing about the endpoint.
  const outcome = failure.source === 'upstream' ? ({ result: 'failed', error: failure } as const) : outcomeCancelled;
  noteAttempt(exchange, lease, outcome, failure, listener);
  return failure;
}

/** Notes an attempt whose answer is no better than none. */
export function refuseAnswer(
  exchange: ProxyExchange,
  lease: Lease,
  status: number,
  outcome: Outcome,
  listener: AttemptListener,
): void {
  const { href } = lease.endpoint.address;
  const error = httpError('SLUICE_STATUS_REFUSED', `${href} answered with ${status}, and another endpoint was asked`);
  noteAttempt(exchange, lease, outcome, error, listener);
}

function noteAttempt(
  exchange: ProxyExchange,
  lease: Lease,
  outcome: Outcome,
  error: ProxyError,
  listener: AttemptListener,
): void {
  lease.release(outcome);
  exchange.attempts = [...exchange.attempts, { endpointId: lease.endpoint.id, error }];
  listener.onAttemptFailed(exchange, lease.endpoint, error);
}
