// The life of a request:
//
//  1  front                 a request head arrives, is checked and cleaned (hop-by-hop out, Forwarded in) -> Exchange
//  2  middleware            composed once; each may answer by itself
//  3  forward(exchange)     detect loops, build the outgoing head once (Via in)
//  4  upstream.acquire      balancer.pick -> Lease
//  5  transport.send        connect or reuse, write, await the response head (1xx relayed as they come)
//  6  relay                 filter headers, stream the body with backpressure, trailers
//  7  lease.release         outcome -> counters, outlier detector
//
// Stations 3 to 7 are here, in order. Errors are thrown as ProxyError; only this file catches them to try again.
import { isProxyError, outcomeCancelled, type Endpoint, type Lease, type ProxyError } from '@sluice/core';
import { httpError } from './errors.ts';
import type { ProxyExchange } from './exchange.ts';
import type { HeaderList } from './headers/header-list.ts';
import { addressHead, outgoingHead, type OutgoingHeadPolicy } from './request/outgoing-head.ts';
import { relayInterim, relayResponse, type RelayPolicy } from './response/relay-response.ts';
import type { ProxyResponse } from './response/response.ts';
import { isIdempotent, shouldRetry, type RetryPolicy } from './retry/should-retry.ts';
import type { AttemptTimeouts, Transport } from './transport/transport.ts';

/** What `forward` needs besides the exchange. */
export interface ForwardPolicy {
  readonly transport: Transport;
  readonly head: OutgoingHeadPolicy;
  readonly relay: RelayPolicy;
  readonly retry: RetryPolicy;
  readonly timeouts: AttemptTimeouts;
  /** Hears of every failed attempt, also those that are repeated. */
  readonly onAttemptFailed: (exchange: ProxyExchange, endpoint: Endpoint, error: ProxyError) => void;
}

/**
 * Sends an exchange to its upstream, on as many endpoints as the retry policy allows, and returns the response to relay.
 *
 * @throws ProxyError of the last attempt, or of the acquisition when there was none.
 */
export async function forward(exchange: ProxyExchange, policy: ForwardPolicy): Promise<ProxyResponse> {
  // 3. One outgoing head for all attempts.
  const headers = outgoingHead(exchange, policy.head);
  for (;;) {
    // 4. An endpoint that this exchange has not failed on.
    const lease = await acquire(exchange);
    // 5. One attempt.
    const result = await attempt(exchange, lease, headers, policy);
    // 6. The response on its way back; its lease is released when its body ends (7).
    if (!isProxyError(result)) return relayResponse(exchange, lease, result, policy.relay);
    // 7. A failed attempt has released its lease already; may another endpoint try?
    const { method, body } = exchange.request;
    if (!shouldRetry(result, method, body.started, exchange.attempts.length, policy.retry)) throw result;
  }
}

/** Leases an endpoint. When every one that is left has failed this exchange, the last failure says more than "none". */
async function acquire(exchange: ProxyExchange): Promise<Lease> {
  const { attempts, scope, upstream } = exchange;
  const key = exchange.balancerKey ?? exchange.client.address;
  if (attempts.length === 0) return upstream.acquire({ key }, scope);
  const accept = (endpoint: Endpoint): boolean => attempts.every((failed) => failed.endpointId !== endpoint.id);
  try {
    return await upstream.acquire({ key, accept }, scope);
  } catch (error) {
    if (isProxyError(error) && error.code === 'SLUICE_NO_ENDPOINT') throw attempts.at(-1)?.error;
    throw error;
  }
}

async function attempt(
  exchange: ProxyExchange,
  lease: Lease,
  headers: HeaderList,
  policy: ForwardPolicy,
): Promise<ProxyResponse | ProxyError> {
  const { endpoint } = lease;
  const { method, target, body, expectContinue, upgrade } = exchange.request;
  addressHead(headers, endpoint.address.authority, policy.head.host);
  try {
    return await policy.transport.send({
      endpoint,
      method,
      target,
      headers,
      body,
      expectContinue,
      upgrade,
      mayResend: isIdempotent(method),
      scope: exchange.scope,
      timeouts: policy.timeouts,
      onInformational: (status, statusText, fields) => relayInterim(exchange, status, statusText, fields),
    });
  } catch (error) {
    return failAttempt(exchange, lease, error, policy);
  }
}

function failAttempt(exchange: ProxyExchange, lease: Lease, error: unknown, policy: ForwardPolicy): ProxyError {
  const failure = isProxyError(error)
    ? error
    : httpError('SLUICE_INTERNAL', 'an attempt failed unexpectedly', { cause: error });
  // A client that went away, or sent its body too slowly, says nothing about the endpoint.
  lease.release(failure.source === 'upstream' ? { result: 'failed', error: failure } : outcomeCancelled);
  exchange.attempts.push({ endpointId: lease.endpoint.id, error: failure });
  policy.onAttemptFailed(exchange, lease.endpoint, failure);
  return failure;
}
