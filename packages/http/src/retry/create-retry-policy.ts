// Makes retry policies for routes. The one of the proxy is made of the same options.
import { readClock, resolveOptions, systemRandom, type Clock, type Random } from '@sluice/core';
import { RetryJudge } from './retry-judge.ts';
import { readRetry, type RetryOptions } from './retry-options.ts';
import type { RetryPolicy } from './retry-policy.ts';

/** What `createRetryPolicy` takes: `RetryOptions`, and where time and chance come from. */
export interface RetryPolicyOptions extends RetryOptions {
  /** @defaultValue the system's */
  readonly clock?: Clock;
  /** @defaultValue the system's */
  readonly random?: Random;
}

/**
 * Makes a policy for the exchanges of a route, which middleware sets as `exchange.retry`. Make it once: its budget is for all exchanges that go by it.
 *
 * @throws OptionsError with everything that is wrong in one message.
 * @example
 * ```ts
 * const reports = createRetryPolicy({ maxAttempts: 2, on: ['connect', 'timeout'], perTryTimeoutMs: 20_000 });
 * const proxy = createProxy({
 *   to: ['http://127.0.0.1:3000', 'http://127.0.0.1:3001'],
 *   middleware: [
 *     (exchange, next) => {
 *       if (exchange.request.target.startsWith('/reports/')) exchange.retry = reports;
 *       return next();
 *     },
 *   ],
 * });
 * ```
 */
export function createRetryPolicy(options: RetryPolicyOptions = {}): RetryPolicy {
  return resolveOptions(options, 'retry', (reader) => {
    const clock = readClock(reader);
    const random = reader.function<Random>('random') ?? systemRandom;
    return new RetryJudge(readRetry(reader), clock, random);
  });
}
