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
import {
  isProxyError,
  pause,
  type AcquireHint,
  type Clock,
  type Endpoint,
  type Lease,
  type ProxyError,
} from '@sluice/core';
import type { ProxyExchange } from './exchange.ts';
import { failAttempt, refuseAnswer } from './failed-attempt.ts';
import { prepareRace } from './hedge/attempt-race.ts';
import type { RaceHome } from './hedge/race-home.ts';
import { answerAsLast } from './request/max-forwards.ts';
import { attemptHead, outgoingHead } from './request/outgoing-head.ts';
import { relayInterim, relayResponse, type RelayPolicy } from './response/relay-response.ts';
import type { ProxyResponse } from './response/response.ts';
import { retryJudge, type RetryJudge } from './retry/retry-judge.ts';
import { isIdempotent } from './retry/should-retry.ts';
import type { AttemptTimeouts, OutgoingRequest } from './transport/transport.ts';

/** What `forward` needs besides the exchange. */
export interface ForwardPolicy extends RaceHome {
  readonly relay: RelayPolicy;
  /** Decides for exchanges that bring no policy of their own. */
  readonly retry: RetryJudge;
  readonly timeouts: AttemptTimeouts;
}

/**
 * Sends an exchange to its upstream, on as many endpoints as the retry policy allows, and returns the response to relay.
 *
 * @throws ProxyError of the last attempt, or of the acquisition when there was none.
 */
export async function forward(exchange: ProxyExchange, policy: ForwardPolicy): Promise<ProxyResponse> {
  const { request } = exchange;
  const retry = exchange.retry === undefined ? policy.retry : retryJudge(exchange.retry);
  const timeouts = retry.limit(policy.timeouts);
  // 3. One outgoing head for all attempts, unless the request ends here.
  const last = answerAsLast(request);
  if (last !== undefined) return last;
  const headers = outgoingHead(exchange, policy.head);
  const replay = retry.begin(exchange);
  const race = prepareRace(exchange, retry.hedging, replay, headers, policy);
  exchange.earlierTries = exchange.attempts.length;
  // 4. An endpoint.
  const acquired = exchange.upstream.acquire(firstHint(exchange), exchange.scope);
  let lease = acquired instanceof Promise ? await acquired : acquired;
  for (;;) {
    let startedMs = lease.wantsLatency ? policy.clock.now() : undefined;
    if (race !== undefined) race.lease = lease;
    let response: ProxyResponse;
    try {
      // 5. One attempt, and another beside it when that takes long.
      const attempt: OutgoingRequest = {
        endpoint: lease.endpoint,
        method: request.method,
        target: request.target,
        headers: attemptHead(headers, exchange, lease.endpoint, policy.head.host),
        body: replay?.next() ?? request.body,
        expectContinue: request.expectContinue,
        upgrade: request.upgrade,
        mayResend: isIdempotent(request.method),
        scope: exchange.scope,
        timeouts,
        onInformational: (status, statusText, fields) => relayInterim(exchange, status, statusText, fields),
      };
      response = await (race === undefined ? policy.transport.send(attempt) : race.run(attempt));
    } catch (error) {
      // Its lease is released at once. May another endpoint try?
      const failure = failAttempt(exchange, race?.lease ?? lease, error, policy);
      const waitMs = retry.afterError(failure, exchange, replay);
      if (waitMs === undefined) throw failure;
      lease = await acquireAnother(exchange, policy.clock, waitMs);
      continue;
    }
    if (race !== undefined) ({ lease, startedMs } = race);
    const latencyMs = startedMs === undefined ? undefined : policy.clock.now() - startedMs;
    const outcome = policy.judge(response.status, latencyMs);
    const waitMs = retry.afterResponse(response, exchange, replay);
    const next = waitMs === undefined ? undefined : await acquireInstead(exchange, lease, policy.clock, waitMs);
    if (next !== undefined) {
      // An answer that is no better than none.
      response.body.cancel(undefined);
      refuseAnswer(exchange, lease, response.status, outcome, policy);
      lease = next;
      continue;
    }
    // 6. The response on its way back.
    // 7. Its lease is released when its body ends: leased-body.ts.
    exchange.answeredBy = lease.endpoint.id;
    return relayResponse(exchange, lease, response, outcome, policy.relay);
  }
}

function firstHint(exchange: ProxyExchange): AcquireHint {
  const { preference } = exchange;
  const key = exchange.hashKey;
  if (preference === undefined) return { key };
  const { endpointId, isStrict } = preference;
  return { key, prefer: endpointId, ...(isStrict && { accept: ({ id }) => id === endpointId }) };
}

/** Waits, then leases an endpoint that has not failed this exchange. When there is none left, the last failure says more than "none". */
async function acquireAnother(
  exchange: ProxyExchange,
  clock: Clock,
  waitMs: number,
  except?: Endpoint,
): Promise<Lease> {
  const { attempts, preference, scope, upstream } = exchange;
  if (waitMs > 0) await pause(waitMs, clock, scope);
  const only = preference?.isStrict === true ? preference.endpointId : undefined;
  const accept = ({ id }: Endpoint): boolean =>
    id !== except?.id && (only === undefined || id === only) && !exchange.hasTried(id);
  try {
    return await upstream.acquire({ key: exchange.hashKey, accept }, scope);
  } catch (error) {
    const last = attempts.at(-1);
    if (last !== undefined && isProxyError(error) && isNobodyLeft(error)) throw last.error;
    throw error;
  }
}

function isNobodyLeft({ code }: ProxyError): boolean {
  return code === 'SLUICE_NO_ENDPOINT' || code === 'SLUICE_CIRCUIT_OPEN';
}

/** The same instead of an answer that is there already, and that is better than an error: `undefined` when there is nobody else. */
async function acquireInstead(
  exchange: ProxyExchange,
  { endpoint }: Lease,
  clock: Clock,
  waitMs: number,
): Promise<Lease | undefined> {
  try {
    return await acquireAnother(exchange, clock, waitMs, endpoint);
  } catch {
    return undefined;
  }
}
