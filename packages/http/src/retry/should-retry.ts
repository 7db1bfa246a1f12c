// Decides whether a failed attempt may be repeated on another endpoint. Pure: no clocks, no sockets, no chance. When it is repeated is backoff.ts,
// whether there is money for it is retry-budget.ts.
import type { ProxyError } from '@sluice/core';
import type { HeaderList } from '../headers/header-list.ts';
import type { StatusList } from '../health/status-list.ts';

/**
 * What may be repeated.
 *
 * - `connect`: nothing reached the endpoint. Whatever the method.
 * - `unanswered`: the connection died before the first byte of an answer.
 * - `timeout`: no head of a response came in time.
 * - `invalid`: what came was no HTTP.
 * - `refused`: the endpoint answered `Expect: 100-continue` with 417 or a 5xx, so that the body was never sent. Whatever the method.
 *
 * `unanswered`, `timeout` and `invalid` are for requests that may be repeated: those of idempotent methods, and those with an `Idempotency-Key`.
 */
export type RetryCondition = 'connect' | 'unanswered' | 'timeout' | 'invalid' | 'refused';

/** When a request is sent again. */
export interface RetryRules {
  /** The most tries of one exchange, the first included. */
  readonly maxAttempts: number;
  readonly on: ReadonlySet<RetryCondition>;
  /** Answers that are no better than none. */
  readonly statuses: StatusList;
}

/** The request, as far as its repetition is concerned. */
export interface RepeatedRequest {
  /** How many tries there were, the one that is judged included. */
  readonly attempts: number;
  /** Whether a second request has the effect of one. */
  readonly isRepeatable: boolean;
  /** Whether the body can be sent again: it has not begun to flow, or is remembered. */
  readonly isBodyWhole: boolean;
}

/** The methods whose repetition has the effect of a single request (RFC 9110 section 9.2.2). */
const idempotentMethods: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE']);

const conditionsByCode: Readonly<Record<string, RetryCondition>> = {
  SLUICE_SEND_FAILED: 'unanswered',
  SLUICE_RESPONSE_TIMEOUT: 'timeout',
  SLUICE_RESPONSE_INVALID: 'invalid',
};

/** Whether a method is idempotent. Methods unknown to us are not. */
export function isIdempotent(method: string): boolean {
  return idempotentMethods.has(method);
}

/** Whether a request may be repeated: by its method, or because the client has given it a key by which the endpoint knows it again. */
export function isRepeatable(method: string, headers: HeaderList): boolean {
  return isIdempotent(method) || headers.has('idempotency-key');
}

/** Whether an exchange goes on to another endpoint after an error. */
export function shouldRetry(error: ProxyError, request: RepeatedRequest, rules: RetryRules): boolean {
  if (request.attempts >= rules.maxAttempts || !request.isBodyWhole) return false;
  if (error.retry === 'safe') return rules.on.has('connect');
  const condition = conditionsByCode[error.code];
  return condition !== undefined && rules.on.has(condition) && request.isRepeatable;
}

/**
 * Whether an exchange goes on to another endpoint after an answer.
 *
 * @param isUnsent - Whether the body was held back until the endpoint would ask for it, and it did not.
 */
export function shouldRetryStatus(
  status: number,
  isUnsent: boolean,
  request: RepeatedRequest,
  rules: RetryRules,
): boolean {
  if (request.attempts >= rules.maxAttempts || !request.isBodyWhole) return false;
  if (isUnsent && (status === 417 || status >= 500) && rules.on.has('refused')) return true;
  return rules.statuses.has(status) && request.isRepeatable;
}
