// What stands between a front and forward: functions around the rest of the path, composed once when the proxy is made.
import type { Exchange, ProxyExchange } from './exchange.ts';
import type { ProxyResponse } from './response/response.ts';

/**
 * A station of the request path: answers by itself, or calls `next` and may change the request before and the response after it.
 *
 * An error thrown by `next` is a `ProxyError`; an answer to the client is made of it only if no middleware catches it.
 */
export type Middleware = (
  exchange: Exchange,
  next: () => Promise<ProxyResponse>,
) => ProxyResponse | Promise<ProxyResponse>;

/** The rest of the path, as one function. */
export type Handler = (exchange: ProxyExchange) => ProxyResponse | Promise<ProxyResponse>;

/** Composes middleware, outermost first, around `terminal`. */
export function composeMiddleware(middleware: readonly Middleware[], terminal: Handler): Handler {
  return middleware.reduceRight<Handler>(
    (rest, station) => (exchange) => station(exchange, () => proceed(rest, exchange)),
    terminal,
  );
}

function proceed(rest: Handler, exchange: ProxyExchange): Promise<ProxyResponse> {
  const response = (async () => rest(exchange))();
  // A middleware that has its answer already may not wait for this one; its failure is then nobody's, and must not end the process.
  response.catch(() => {});
  return response;
}
