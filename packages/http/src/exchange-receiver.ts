// Who hears what an exchange leads to. Calls, not promises: a response that is there at once is written in the turn that has brought it.
import type { ProxyExchange } from './exchange.ts';
import type { ProxyResponse } from './response/response.ts';

/** One of its methods is called for each exchange, once, perhaps before the call that it was passed to returns. They never throw. */
export interface ExchangeReceiver {
  /** There is a response. It is the receiver's; so is its body, which flows at once if it is piped in this call. */
  onResponse(exchange: ProxyExchange, response: ProxyResponse): void;
  /** There is none. */
  onError(exchange: ProxyExchange, error: unknown): void;
}

/** Tells the receiver what comes of a promise. */
export function settle(answer: Promise<ProxyResponse>, exchange: ProxyExchange, receiver: ExchangeReceiver): void {
  answer.then(
    (response) => receiver.onResponse(exchange, response),
    (error: unknown) => receiver.onError(exchange, error),
  );
}

/** The same as a promise. `start` may throw as well. */
export function receive(start: (receiver: ExchangeReceiver) => void): Promise<ProxyResponse> {
  return new Promise((resolve, reject) => {
    start({ onResponse: (_, response) => resolve(response), onError: (_, error) => reject(error) });
  });
}
