// Decides whether a failed attempt may be repeated on another endpoint. Pure: no clocks, no sockets.
import type { ProxyError } from '@sluice/core';

/** What may be repeated. `connect`: nothing reached the endpoint. `unanswered`: an idempotent request whose connection died before the first byte of an answer. */
export type RetryCondition = 'connect' | 'unanswered';

/** When a request is sent again. */
export interface RetryPolicy {
  /** The most tries of one exchange, the first included. */
  readonly maxAttempts: number;
  readonly on: ReadonlySet<RetryCondition>;
}

/** The methods whose repetition has the effect of a single request (RFC 9110 section 9.2.2). */
const idempotentMethods: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE']);

/** Whether a method is idempotent. Methods unknown to us are not. */
export function isIdempotent(method: string): boolean {
  return idempotentMethods.has(method);
}

/**
 * Whether the exchange goes on to another endpoint after `error`.
 *
 * @param attempts - How many tries there were, the failed one included.
 * @param bodyStarted - Whether the request body has begun to flow: then it can not be sent again.
 */
export function shouldRetry(
  error: ProxyError,
  method: string,
  bodyStarted: boolean,
  attempts: number,
  policy: RetryPolicy,
): boolean {
  if (attempts >= policy.maxAttempts || bodyStarted) return false;
  if (error.retry === 'safe') return policy.on.has('connect');
  return error.code === 'SLUICE_SEND_FAILED' && policy.on.has('unanswered') && isIdempotent(method);
}
