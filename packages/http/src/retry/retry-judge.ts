// What becomes of a failed attempt, with all that counts: the rules, the budget, and the wait. The rules by themselves are should-retry.ts.
import type { Clock, ProxyError, Random } from '@sluice/core';
import { httpError } from '../errors.ts';
import type { ProxyExchange } from '../exchange.ts';
import type { ResolvedHedge } from '../hedge/hedge-options.ts';
import { Hedging } from '../hedge/hedging.ts';
import type { ProxyResponse } from '../response/response.ts';
import type { AttemptTimeouts } from '../transport/transport.ts';
import { backoffMs, type ResolvedBackoff } from './backoff.ts';
import { ReplayableBody } from './replayable-body.ts';
import { parseRetryAfter } from './retry-after.ts';
import { RetryBudget, type ResolvedRetryBudget } from './retry-budget.ts';
import type { RetryPolicy, RetryStats } from './retry-policy.ts';
import { isRepeatable, shouldRetry, shouldRetryStatus, type RepeatedRequest, type RetryRules } from './should-retry.ts';

/** `RetryOptions`, complete. */
export interface ResolvedRetry extends RetryRules {
  readonly perTryTimeoutMs: number;
  readonly maxReplayBytes: number;
  readonly maxRetryAfterMs: number;
  readonly backoff: ResolvedBackoff;
  readonly budget: ResolvedRetryBudget;
  /** `undefined`: nothing is hedged. */
  readonly hedge: ResolvedHedge | undefined;
}

/** Timeouts, and what they are for one try. */
interface TimeLimits {
  readonly of: AttemptTimeouts;
  readonly limited: AttemptTimeouts;
}

/** Decides for the exchanges of one proxy, or of one route. */
export class RetryJudge implements RetryPolicy {
  /** Its hedges, which share its budget and its tries. */
  readonly hedging: Hedging | undefined;
  readonly #options: ResolvedRetry;
  readonly #budget: RetryBudget;
  readonly #clock: Clock;
  readonly #random: Random;
  /** Whether anything is repeated that may have reached an endpoint. */
  readonly #repeatsSent: boolean;
  #limits: TimeLimits | undefined;

  constructor(options: ResolvedRetry, clock: Clock, random: Random) {
    this.#options = options;
    this.#budget = new RetryBudget(options.budget, clock);
    this.#clock = clock;
    this.#random = random;
    const { on, statuses, hedge, maxAttempts } = options;
    if (hedge !== undefined) this.hedging = new Hedging(hedge, { maxAttempts, statuses, budget: this.#budget }, clock);
    this.#repeatsSent = statuses.text !== '' || on.has('unanswered') || on.has('timeout') || on.has('invalid');
  }

  get maxAttempts(): number {
    return this.#options.maxAttempts;
  }

  stats(): RetryStats {
    const { requests, granted, refused } = this.#budget;
    return { requests, granted, refused, hedges: this.hedging?.started ?? 0, hedgesWon: this.hedging?.won ?? 0 };
  }

  /** How long each phase of one try may take. */
  limit(timeouts: AttemptTimeouts): AttemptTimeouts {
    const { perTryTimeoutMs } = this.#options;
    if (perTryTimeoutMs === Infinity) return timeouts;
    // One proxy, one set of timeouts: making them for each request would be for nothing.
    if (this.#limits?.of !== timeouts) {
      const connectMs = Math.min(timeouts.connectMs, perTryTimeoutMs);
      const responseHeadMs = Math.min(timeouts.responseHeadMs, perTryTimeoutMs);
      this.#limits = { of: timeouts, limited: { ...timeouts, connectMs, responseHeadMs } };
    }
    return this.#limits.limited;
  }

  /**
   * Counts a request, whose repetitions there will be budget for.
   *
   * @returns a memory for its body, when that may have to be sent again after it has begun to flow
   */
  begin({ request, record }: ProxyExchange): ReplayableBody | undefined {
    this.#budget.noteRequest(record?.startedMs);
    const { body, method, headers, expectContinue } = request;
    const { maxAttempts, maxReplayBytes, on } = this.#options;
    if (body.size === 0 || maxAttempts === 1) return undefined;
    const mayRepeatSent = this.#repeatsSent || this.hedging?.isFor(method) === true;
    if (maxReplayBytes > 0 && mayRepeatSent && isRepeatable(method, headers))
      return new ReplayableBody(body, maxReplayBytes);
    // A refusal of `Expect: 100-continue` cancels the body of its attempt, and must leave the body itself as it is.
    return expectContinue && on.has('refused') ? new ReplayableBody(body, 0) : undefined;
  }

  /** How long to wait before another endpoint is tried after an error, in milliseconds; `undefined` when none is to be tried. */
  afterError(error: ProxyError, exchange: ProxyExchange, replay: ReplayableBody | undefined): number | undefined {
    const request = this.#describe(exchange, replay, exchange.triesSoFar);
    if (!shouldRetry(error, request, this.#options) || !this.#budget.spend()) return undefined;
    // Nothing was asked of anybody yet, so nobody is overloaded by the next try.
    return error.retry === 'safe' ? 0 : backoffMs(this.#options.backoff, request.attempts, this.#random);
  }

  /**
   * The same after an answer. An endpoint that says when to come back (`Retry-After`) is taken at its word; when that is too late, its answer is
   * as good as any.
   */
  afterResponse(
    response: ProxyResponse,
    exchange: ProxyExchange,
    replay: ReplayableBody | undefined,
  ): number | undefined {
    const { expectContinue, body } = exchange.request;
    const request = this.#describe(exchange, replay, exchange.triesSoFar + 1);
    const isUnsent = expectContinue && !body.started;
    if (!shouldRetryStatus(response.status, isUnsent, request, this.#options)) return undefined;
    const value = response.headers.get('retry-after');
    const askedMs = value === undefined ? 0 : (parseRetryAfter(value, this.#clock.wallTimeMs()) ?? 0);
    if (askedMs > this.#options.maxRetryAfterMs || !this.#budget.spend()) return undefined;
    return Math.max(askedMs, backoffMs(this.#options.backoff, request.attempts, this.#random));
  }

  #describe({ request }: ProxyExchange, replay: ReplayableBody | undefined, attempts: number): RepeatedRequest {
    return {
      attempts,
      isRepeatable: isRepeatable(request.method, request.headers),
      isBodyWhole: replay?.isWhole ?? !request.body.started,
    };
  }
}

/** What decides for a policy. @throws ProxyError `SLUICE_INTERNAL` when middleware has set something else */
export function retryJudge(policy: RetryPolicy): RetryJudge {
  if (policy instanceof RetryJudge) return policy;
  throw httpError('SLUICE_INTERNAL', 'exchange.retry must be made by createRetryPolicy');
}
