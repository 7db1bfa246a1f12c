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
// Stations 3 to 7 are here, in order. Errors are thrown as ProxyError; only this file takes them to try again.
import type { AcquireHint, Endpoint, Lease, Outcome } from '@sluice/core';
import { acquireAnother, acquireInstead } from './another-lease.ts';
import type { ExchangeReceiver } from './exchange-receiver.ts';
import type { ProxyExchange } from './exchange.ts';
import { failAttempt, refuseAnswer } from './failed-attempt.ts';
import type { HeaderList } from './headers/header-list.ts';
import { prepareRace, type AttemptRace } from './hedge/attempt-race.ts';
import type { RaceHome } from './hedge/race-home.ts';
import { answerAsLast } from './request/max-forwards.ts';
import { attemptHead, outgoingHead } from './request/outgoing-head.ts';
import { relayInterim, relayResponse, type RelayPolicy } from './response/relay-response.ts';
import type { ProxyResponse } from './response/response.ts';
import type { ReplayableBody } from './retry/replayable-body.ts';
import { retryJudge, type RetryJudge } from './retry/retry-judge.ts';
import { isIdempotent } from './retry/should-retry.ts';
import type { StartAttempt } from './transport/direct-transport.ts';
import type { AttemptTimeouts, OutgoingRequest } from './transport/transport.ts';
import type { ClientExchange } from './wire/client-exchange.ts';

/** What `forward` needs besides the exchange. */
export interface ForwardPolicy extends RaceHome {
  readonly relay: RelayPolicy;
  /** Decides for exchanges that bring no policy of their own. */
  readonly retry: RetryJudge;
  readonly timeouts: AttemptTimeouts;
  /** Starts attempts on the transport. */
  readonly start: StartAttempt;
}

/**
 * Sends an exchange to its upstream, on as many endpoints as the retry policy allows. The receiver gets the response to relay, or the ProxyError
 * of the last attempt.
 *
 * @throws ProxyError of what comes before the first attempt; nobody was told of it then.
 */
export function forward(exchange: ProxyExchange, policy: ForwardPolicy, receiver: ExchangeReceiver): void {
  // 3. One outgoing head for all attempts, unless the request ends here.
  const last = answerAsLast(exchange.request);
  if (last !== undefined) {
    receiver.onResponse(exchange, last);
    return;
  }
  const attempts = new Attempts(exchange, outgoingHead(exchange, policy.head), policy, receiver);
  // 4. An endpoint.
  const lease = exchange.upstream.acquire(firstHint(exchange), exchange.scope);
  if (lease instanceof Promise) attempts.beginWith(lease);
  else attempts.begin(lease);
}

/** The attempts of one exchange, one after the other. They hear what they wait for by calls, so that no attempt costs a promise. */
class Attempts implements ClientExchange {
  readonly #exchange: ProxyExchange;
  readonly #headers: HeaderList;
  readonly #policy: ForwardPolicy;
  readonly #receiver: ExchangeReceiver;
  readonly #retry: RetryJudge;
  readonly #replay: ReplayableBody | undefined;
  readonly #race: AttemptRace | undefined;
  #lease!: Lease;
  #startedMs: number | undefined;
  #request!: OutgoingRequest;

  constructor(exchange: ProxyExchange, headers: HeaderList, policy: ForwardPolicy, receiver: ExchangeReceiver) {
    const retry = exchange.retry === undefined ? policy.retry : retryJudge(exchange.retry);
    this.#exchange = exchange;
    this.#headers = headers;
    this.#policy = policy;
    this.#receiver = receiver;
    this.#retry = retry;
    this.#replay = retry.begin(exchange);
    this.#race = prepareRace(exchange, retry.hedging, this.#replay, headers, policy);
    exchange.earlierTries = exchange.attempts.length;
  }

  get request(): OutgoingRequest {
    return this.#request;
  }

  beginWith(lease: Promise<Lease>): void {
    lease.then(
      (lent) => this.begin(lent),
      (error: unknown) => this.#receiver.onError(this.#exchange, error),
    );
  }

  begin(lease: Lease): void {
    const policy = this.#policy;
    const race = this.#race;
    this.#lease = lease;
    this.#startedMs = lease.wantsLatency ? policy.clock.now() : undefined;
    try {
      this.#request = this.#attempt(lease.endpoint);
    } catch (error) {
      this.reject(error);
      return;
    }
    // 5. One attempt, which ends with `resolve` or `reject`, and another beside it when that takes long.
    if (race === undefined) policy.start(this);
    else {
      race.lease = lease;
      race.run(this.#request).then(
        (response) => this.resolve(response),
        (error: unknown) => this.reject(error),
      );
    }
  }

  #attempt(endpoint: Endpoint): OutgoingRequest {
    const exchange = this.#exchange;
    const { request, scope } = exchange;
    const { head, timeouts } = this.#policy;
    return {
      endpoint,
      method: request.method,
      target: request.target,
      headers: attemptHead(this.#headers, exchange, endpoint, head.host),
      body: this.#replay?.next() ?? request.body,
      expectContinue: request.expectContinue,
      upgrade: request.upgrade,
      mayResend: isIdempotent(request.method),
      scope,
      timeouts: this.#retry.limit(timeouts),
      onInformational: (status, statusText, fields) => relayInterim(exchange, status, statusText, fields),
    };
  }

  /** Its lease is released at once. May another endpoint try? */
  reject(error: unknown): void {
    const exchange = this.#exchange;
    const policy = this.#policy;
    const failure = failAttempt(exchange, this.#race?.lease ?? this.#lease, error, policy);
    const waitMs = this.#retry.afterError(failure, exchange, this.#replay);
    if (waitMs === undefined) this.#receiver.onError(exchange, failure);
    else this.beginWith(acquireAnother(exchange, policy.clock, waitMs));
  }

  resolve(response: ProxyResponse): void {
    const { clock, judge } = this.#policy;
    if (this.#race !== undefined) this.#take(this.#race);
    const latencyMs = this.#startedMs === undefined ? undefined : clock.now() - this.#startedMs;
    const outcome = judge(response.status, latencyMs);
    const waitMs = this.#retry.afterResponse(response, this.#exchange, this.#replay);
    if (waitMs === undefined) this.#relay(response, outcome);
    else void this.#askAnother(response, outcome, waitMs);
  }

  /** Goes on with the attempt that has won. */
  #take({ lease, startedMs }: AttemptRace): void {
    this.#lease = lease;
    this.#startedMs = startedMs;
  }

  /** The answer is no better than none, so another endpoint is asked; when there is nobody else, it is better than an error. */
  async #askAnother(response: ProxyResponse, outcome: Outcome, waitMs: number): Promise<void> {
    const exchange = this.#exchange;
    const policy = this.#policy;
    const next = await acquireInstead(exchange, this.#lease, policy.clock, waitMs);
    if (next === undefined) {
      this.#relay(response, outcome);
      return;
    }
    response.body.cancel(undefined);
    refuseAnswer(exchange, this.#lease, response.status, outcome, policy);
    this.begin(next);
  }

  #relay(response: ProxyResponse, outcome: Outcome): void {
    const exchange = this.#exchange;
    const lease = this.#lease;
    exchange.answeredBy = lease.endpoint.id;
    try {
      // 6. The response on its way back.
      // 7. Its lease is released when its body ends: leased-body.ts.
      relayResponse(exchange, lease, response, outcome, this.#policy.relay);
    } catch (error) {
      this.#receiver.onError(exchange, error);
      return;
    }
    this.#receiver.onResponse(exchange, response);
  }
}

function firstHint(exchange: ProxyExchange): AcquireHint {
  const { preference } = exchange;
  const key = exchange.hashKey;
  if (preference === undefined) return { key };
  const { endpointId, isStrict } = preference;
  return { key, prefer: endpointId, ...(isStrict && { accept: ({ id }) => id === endpointId }) };
}
