// Everything that can be said about retries, and the defaults.
import type { OptionsReader } from '@sluice/core';
import { readHedge, type HedgeOptions } from '../hedge/hedge-options.ts';
import { readStatusList, type StatusRange } from '../health/status-list.ts';
import { readBackoff, type BackoffOptions } from './backoff.ts';
import { readRetryBudget, type RetryBudgetOptions } from './retry-budget.ts';
import type { ResolvedRetry } from './retry-judge.ts';
import type { RetryCondition } from './should-retry.ts';

/** When a failed attempt is repeated on another endpoint. */
export interface RetryOptions {
  /** The most tries of one exchange, the first included. @defaultValue 3 */
  readonly maxAttempts?: number;
  /**
   * What is repeated: `connect` (nothing reached the endpoint), `refused` (the endpoint answered `Expect: 100-continue` with 417 or a 5xx, and the body was
   * not sent), and for requests that may be repeated `unanswered` (the connection died before the first byte of an answer), `timeout` (no head of
   * a response in time), `invalid` (an answer that is no HTTP). May be repeated: idempotent methods, and requests with an `Idempotency-Key`.
   * @defaultValue `['connect']`
   */
  readonly on?: readonly RetryCondition[];
  /** Answers that are no better than none, such as `[502, 503]`, for requests that may be repeated. @defaultValue none */
  readonly statuses?: readonly StatusRange[];
  /** The most time for one try, from its connection to the head of its response, in milliseconds. @defaultValue `timeouts` alone */
  readonly perTryTimeoutMs?: number | false;
  /**
   * Bytes of a request body that are remembered while it flows, so that it can be sent again; one that is longer can not. 0 remembers none.
   * Memory is used only for requests that these options could repeat. @defaultValue 65536
   */
  readonly maxReplayBytes?: number;
  /** The longest `Retry-After` that is waited for, in milliseconds; an answer that asks for more is passed on. @defaultValue 1000 */
  readonly maxRetryAfterMs?: number;
  /** The wait before a repetition, unless nothing had reached the endpoint; `false` is none. @defaultValue up to 25 ms, then 50, 100, … 250 ms, by chance */
  readonly backoff?: false | BackoffOptions;
  /** The share of repetitions in the traffic; `false` is no limit. @defaultValue a fifth of the requests, and 10 per second */
  readonly budget?: false | RetryBudgetOptions;
  /** When another endpoint is asked while the first still thinks; within `budget`, and `maxAttempts` of 2 or more. @defaultValue false */
  readonly hedge?: false | HedgeOptions;
}

const retryConditions: readonly RetryCondition[] = ['connect', 'unanswered', 'timeout', 'invalid', 'refused'];

/** Reads the options. */
export function readRetry(reader: OptionsReader): ResolvedRetry {
  const on = reader.has('on')
    ? reader.list('on', (value, path) => readCondition(reader, value, path))
    : ['connect' as const];
  const maxAttempts = reader.integer('maxAttempts', { default: 3, min: 1 });
  const hedge = readHedge(reader, 'hedge');
  if (hedge !== undefined && maxAttempts === 1)
    reader.issue('hedge', 'is a second attempt, so maxAttempts must be 2 or more');
  return {
    maxAttempts,
    hedge,
    on: new Set(on),
    statuses: readStatusList(reader, 'statuses', []),
    perTryTimeoutMs: reader.milliseconds('perTryTimeoutMs', { default: Infinity, min: 1 }),
    maxReplayBytes: reader.integer('maxReplayBytes', { default: 64 * 1024, min: 0 }),
    maxRetryAfterMs: reader.number('maxRetryAfterMs', { default: 1000, min: 0 }),
    backoff: readBackoff(reader, 'backoff'),
    budget: readRetryBudget(reader, 'budget'),
  };
}

function readCondition(reader: OptionsReader, value: unknown, path: string): RetryCondition | undefined {
  const condition = retryConditions.find((known) => known === value);
  if (condition === undefined) reader.issue(path, `must be one of ${retryConditions.join(', ')}`);
  return condition;
}
