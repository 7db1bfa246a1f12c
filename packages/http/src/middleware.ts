// What stands between a front and forward: functions around the rest of the path, composed once when the proxy is made.
import { httpError } from './errors.ts';
import { receive, settle, type ExchangeReceiver } from './exchange-receiver.ts';
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

/** The rest of the path, as one function. It may throw, before it has called the receiver. */
export type Handler = (exchange: ProxyExchange, receiver: ExchangeReceiver) => void;

/** The same with the answer as a value, for those who wait for it. */
type Station = (exchange: ProxyExchange) => ProxyResponse | Promise<ProxyResponse>;

/** Composes middleware, outermost first, around `terminal`. */
export function composeMiddleware(middleware: readonly Middleware[], terminal: Handler): Handler {
  if (middleware.length === 0) return terminal;
  const path = middleware.reduceRight<Station>(
    (rest, station) => (exchange) => checked(station(exchange, () => proceed(rest, exchange))),
    (exchange) => receive((receiver) => terminal(exchange, receiver)),
  );
  return (exchange, receiver) => {
    const answer = path(exchange);
    if (isPromise(answer)) settle(answer, exchange, receiver);
    else receiver.onResponse(exchange, answer);
  };
}

function proceed(rest: Station, exchange: ProxyExchange): Promise<ProxyResponse> {
  const response = (async () => rest(exchange))();
  // A middleware that has its answer already may not wait for this one; its failure is then nobody's, and must not end the process.
  response.catch(() => {});
  return response;
}

function isPromise(answer: ProxyResponse | Promise<ProxyResponse>): answer is Promise<ProxyResponse> {
  return typeof (answer as Partial<Promise<ProxyResponse>> | undefined)?.then === 'function';
}

function checked(answer: ProxyResponse | Promise<ProxyResponse>): ProxyResponse | Promise<ProxyResponse> {
  return isPromise(answer) ? Promise.resolve(answer).then(checkResponse) : checkResponse(answer);
}

/** What middleware returned, if it is a response: a `return` is soon forgotten, and one of `fetch` looks alike. @throws ProxyError `SLUICE_INTERNAL` */
function checkResponse(response: ProxyResponse): ProxyResponse {
  const { headers, body, status, tunnel } = (response ?? {}) as Partial<ProxyResponse>;
  if (typeof headers?.format !== 'function' || typeof body?.pipe !== 'function')
    throw httpError('SLUICE_INTERNAL', 'a middleware returned something that is no response');
  // 101 belongs to the endpoint that switches; what comes before the final response goes through `inform`.
  if (tunnel === undefined && !(Number.isInteger(status) && Number(status) >= 200 && Number(status) <= 999))
    throw httpError('SLUICE_INTERNAL', `a middleware returned a response with the status ${status}`);
  return response;
}
