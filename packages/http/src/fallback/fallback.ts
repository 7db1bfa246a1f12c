// What happens when an upstream as a whole can not answer: another one, or an answer of our own. Within an upstream, that is retry/.
import { isProxyError, type ProxyError, type Upstream } from '@sluice/core';
import { httpError } from '../errors.ts';
import type { Exchange } from '../exchange.ts';
import type { Middleware } from '../middleware.ts';
import type { ProxyResponse } from '../response/response.ts';
import { ReplayableBody } from '../retry/replayable-body.ts';
import { isRepeatable } from '../retry/should-retry.ts';
import { fallbackCondition, mayAskElsewhere } from './fallback-conditions.ts';
import { resolveFallbackOptions, type FallbackOptions, type ResolvedFallback } from './fallback-options.ts';

/** How the stations behind it did: what they answered, why that will not do, or both. */
interface Misfortune {
  readonly error: ProxyError;
  /** An answer that is still better than an error. */
  readonly answer: ProxyResponse | undefined;
}

/**
 * Makes middleware that answers instead of an upstream that can not. What stands behind it runs again for another upstream, so it belongs behind
 * whatever chooses the upstream; two of them make a chain.
 *
 * A request that may have reached an endpoint goes to another upstream only if it may be repeated and its body is remembered. An answer of
 * our own is for every request.
 *
 * @throws OptionsError
 * @example
 * ```ts
 * const proxy = createProxy({
 *   to: 'http://127.0.0.1:3000',
 *   middleware: [fallback({ response: { status: 503, headers: { 'Retry-After': '30' }, body: 'back in a minute\n' } })],
 * });
 * ```
 */
export function fallback(options: FallbackOptions): Middleware {
  const resolved = resolveFallbackOptions(options);
  const { target } = resolved;
  return async (exchange, next) => {
    const memory = typeof target === 'function' ? undefined : remember(exchange, resolved);
    if (memory !== undefined) exchange.request.body = memory.next();
    const outcome = await attempt(exchange, next, resolved);
    if (!('error' in outcome)) return outcome;
    if (typeof target !== 'function') return askElsewhere(exchange, next, outcome, target, memory);
    outcome.answer?.body.cancel(undefined);
    return target(exchange, outcome.error);
  };
}

/** Only what may be repeated is sent again after it has begun to flow. */
function remember(
  { request }: Exchange,
  { maxReplayBytes, on, statuses }: ResolvedFallback,
): ReplayableBody | undefined {
  const { body, method, headers } = request;
  const isForSent = on.has('failed') || statuses.text !== '';
  if (body.size === 0 || maxReplayBytes === 0 || !isForSent || !isRepeatable(method, headers)) return undefined;
  return new ReplayableBody(body, maxReplayBytes);
}

/** @throws what is not for the fallback */
async function attempt(
  exchange: Exchange,
  next: () => Promise<ProxyResponse>,
  { on, statuses }: ResolvedFallback,
): Promise<ProxyResponse | Misfortune> {
  try {
    const answer = await next();
    if (answer.tunnel !== undefined || !statuses.has(answer.status)) return answer;
    const error = httpError('SLUICE_STATUS_REFUSED', `${exchange.upstream.name} answered with ${answer.status}`);
    return { error, answer };
  } catch (error) {
    const condition = isProxyError(error) ? fallbackCondition(error) : undefined;
    // A client that is gone needs no other answer.
    if (condition === undefined || !on.has(condition) || exchange.scope.aborted) throw error;
    return { error: error as ProxyError, answer: undefined };
  }
}

/** Once, and not where it has been: fallbacks can not go round. @throws what ended it there, or here */
async function askElsewhere(
  exchange: Exchange,
  next: () => Promise<ProxyResponse>,
  { error, answer }: Misfortune,
  upstream: Upstream,
  memory: ReplayableBody | undefined,
): Promise<ProxyResponse> {
  const { request } = exchange;
  const isBodyWhole = request.body.size === 0 || (memory?.isWhole ?? !request.body.started);
  if (exchange.upstream === upstream || !mayAskElsewhere(exchange, error, isBodyWhole)) {
    if (answer === undefined) throw error;
    return answer;
  }
  exchange.upstream = upstream;
  // It names an endpoint of the upstream that has failed.
  exchange.preference = undefined;
  if (memory !== undefined) request.body = memory.next();
  try {
    const better = await next();
    answer?.body.cancel(undefined);
    return better;
  } catch (failure) {
    if (answer === undefined || exchange.scope.aborted) throw failure;
    return answer;
  }
}
