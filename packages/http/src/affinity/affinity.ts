// Keeps clients on their endpoints: middleware that knows a client's endpoint by a cookie of ours, or by one of the endpoint's own.
import { readClock, resolveOptions, type Clock } from '@sluice/core';
import type { Middleware } from '../middleware.ts';
import { createAffinityCookie, readAffinityCookie, type AffinityCookieOptions } from './affinity-cookie.ts';
import { createLearnedAffinity, readLearnedCookie, type LearnedCookieOptions } from './learned-affinity.ts';

/** How clients are known, and what becomes of those whose endpoint is gone. One of `cookie` and `learned` must be there, and only one. */
export interface AffinityOptions {
  /** A cookie of ours, which names the endpoint; signed, so that no client can choose one. */
  readonly cookie?: AffinityCookieOptions;
  /** A cookie of the endpoints' own, such as `JSESSIONID`: whoever sets it has the session. */
  readonly learned?: LearnedCookieOptions;
  /**
   * What becomes of a client whose endpoint can not take its request: another endpoint gets it and keeps the client from then on (`redistribute`), or
   * it is answered with 503 (`refuse`). @defaultValue `'redistribute'`
   */
  readonly onUnavailable?: 'redistribute' | 'refuse';
  /** @defaultValue the system's */
  readonly clock?: Clock;
}

/**
 * Makes the middleware. A draining endpoint keeps the clients that it has, until their cookies expire; new ones go elsewhere.
 *
 * Put it behind what chooses the upstream: an endpoint is looked for among those of the exchange's upstream.
 *
 * @throws OptionsError with everything that is wrong in one message
 * @example
 * ```ts
 * const stay = affinity({ cookie: { secrets: ['a long text that nobody knows'] } });
 * const proxy = createProxy({ to: ['http://10.0.0.1:3000', 'http://10.0.0.2:3000'], middleware: [stay] });
 * ```
 */
export function affinity(options: AffinityOptions): Middleware {
  const { memory, isStrict, clock } = resolveOptions(options, 'affinity', (reader) => {
    const [cookie, learned] = [reader.has('cookie'), reader.has('learned')];
    if (cookie === learned) reader.issue('cookie', 'or learned must be given, and only one of them');
    return {
      memory: learned
        ? createLearnedAffinity(reader.nested('learned', readLearnedCookie))
        : createAffinityCookie(reader.nested('cookie', readAffinityCookie)),
      isStrict: reader.choice('onUnavailable', ['redistribute', 'refuse'], { default: 'redistribute' }) === 'refuse',
      clock: readClock(reader),
    };
  });
  return async (exchange, next) => {
    const nowMs = clock.wallTimeMs();
    const found = memory.find(exchange, nowMs);
    if (found !== undefined) exchange.preference = { endpointId: found, isStrict };
    const response = await next();
    // Answers of our own, or of other middleware, are nobody's.
    if (exchange.answeredBy !== undefined) memory.remember(exchange, response, exchange.answeredBy, found, nowMs);
    return response;
  };
}
