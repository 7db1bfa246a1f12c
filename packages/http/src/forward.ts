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
import { isProxyError, outcomeCancelled, type Clock, type Endpoint, type Lease, type ProxyError } from '@sluice/core';
import { httpError } from './errors.ts';
import type { ProxyExchange } from './exchange.ts';
import { answerAsLast } from './request/max-forwards.ts';
import { addressHead, outgoingHead, type OutgoingHeadPolicy } from './request/outgoing-head.ts';
import { relayInterim, relayResponse, type RelayPolicy } from './response/relay-response.ts';
import type { OutcomeJudge } from './response/response-outcome.ts';
import type { ProxyResponse } from './response/response.ts';
import { isIdempotent, shouldRetry, type RetryPolicy } from './retry/should-retry.ts';
import type { AttemptTimeouts, Transport } from './transport/transport.ts';

/** What `forward` needs besides the exchange. */
export interface ForwardPolicy {
  readonly transport: Transport;
  readonly head: OutgoingHeadPolicy;
  readonly relay: RelayPolicy;
  readonly judge: OutcomeJudge;
  readonly clock: Clock;
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
  const { request } = exchange;
  // 3. One outgoing head for all attempts, unless the request ends here.
  const last = answerAsLast(request);
  if (last !== undefined) return last;
  const headers = outgoingHead(exchange, policy.head);
  for (;;) {
    // 4. An endpoint that this exchange has not failed on.
    const acquired = acquire(exchange);
    const lease = acquired instanceof Promise ? await acquired : acquired;
    const { endpoint } = lease;
    const startedMs = lease.wantsLatency ? policy.clock.now() : undefined;
    addressHead(headers, exchange, endpoint.address.authority, policy.head.host);
    let response: ProxyResponse;
    try {
      // 5. One attempt.
      response = await policy.transport.send({
        endpoint,
        method: request.method,
        target: request.target,
        headers,
        body: request.body,
        expectContinue: request.expectContinue,
        upgrade: request.upgrade,
        mayResend: isIdempotent(request.method),
        scope: exchange.scope,
        timeouts: policy.timeouts,
        onInformational: (status, statusText, fields) => relayInterim(exchange, status, statusText, fields),
      });
    } catch (error) {
      // Its lease is released at once. May another endpoint try?
      const failure = failAttempt(exchange, lease, error, policy);
      const { method, body } = request;
      if (!shouldRetry(failure, method, body.started, exchange.attempts.length, policy.retry)) throw failure;
      continue;
    }
    // 6. The response on its way back.
    // 7. Its lease is released when its body ends: leased-body.ts.
    const latencyMs = startedMs === undefined ? undefined : policy.clock.now() - startedMs;
    return relayResponse(exchange, lease, response, policy.judge(response.status, latencyMs), policy.relay);
  }
}

/** Leases an endpoint. When every one that is left has failed this exchange, the last failure says more than "none". */
function acquire(exchange: ProxyExchange): Lease | Promise<Lease> {
  const { attempts, scope, upstream } = exchange;
  const key = exchange.balancerKey ?? exchange.client.address;
  return attempts.length === 0 ? upstream.acquire({ key }, scope) : acquireAnother(exchange, key);
}

async function acquireAnother({ attempts, scope, upstream }: ProxyExchange, key: string): Promise<Lease> {
  const accept = (endpoint: Endpoint): boolean => attempts.every((failed) => failed.endpointId !== endpoint.id);
  try {
    return await upstream.acquire({ key, accept }, scope);
  } catch (error) {
    if (isProxyError(error) && error.code === 'SLUICE_NO_ENDPOINT') throw attempts.at(-1)?.error;
    throw error;
  }
}

function failAttempt(exchange: ProxyExchange, lease: Lease, error: unknown, policy: ForwardPolicy): ProxyError {
  const failure = isProxyError(error)
    ? error
    : httpError('SLUICE_INTERNAL', 'an attempt failed unexpectedly', { cause: error });
  // A client that went away, or sent its body too slowly, says nothing about the endpoint.
  lease.release(failure.source === 'upstream' ? { result: 'failed', error: failure } : outcomeCancelled);
  exchange.attempts = [...exchange.attempts, { endpointId: lease.endpoint.id, error: failure }];
  policy.onAttemptFailed(exchange, lease.endpoint, failure);
  return failure;
}
