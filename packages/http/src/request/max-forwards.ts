// Max-Forwards (RFC 9110 section 7.6.2): how many more proxies an OPTIONS or TRACE request may pass. With other methods it means nothing.
import { allowedMethods } from '../error-answer.ts';
import type { ExchangeRequest } from '../exchange.ts';
import type { HeaderList } from '../headers/header-list.ts';
import { createResponse, type ProxyResponse } from '../response/response.ts';

/** The most that is passed on. */
const maxForwards = 255;

/** How many more proxies a request may pass; `undefined` when it does not say, or not in digits. */
function forwardsLeft({ method, headers }: ExchangeRequest): number | undefined {
  if (method !== 'OPTIONS' && method !== 'TRACE') return undefined;
  const value = headers.get('max-forwards');
  return value !== undefined && /^\d+$/.test(value) ? Number(value) : undefined;
}

/** The answer to a request that must go no further. TRACE, which would show the client the fields that proxies add, is not served. */
export function answerAsLast(request: ExchangeRequest): ProxyResponse | undefined {
  if (forwardsLeft(request) !== 0) return undefined;
  return createResponse({ status: request.method === 'OPTIONS' ? 204 : 405, headers: { Allow: allowedMethods } });
}

/** Counts this proxy, in the head that it sends. */
export function countForward(request: ExchangeRequest, outgoing: HeaderList): void {
  const left = forwardsLeft(request);
  if (left !== undefined) outgoing.set('Max-Forwards', String(Math.min(left - 1, maxForwards)));
}
