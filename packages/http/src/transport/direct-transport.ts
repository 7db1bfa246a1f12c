// How attempts are started without a promise, where the transport can do that. Our own can.
import type { ClientExchange } from '../wire/client-exchange.ts';
import type { Transport } from './transport.ts';

/** Starts an attempt. What comes of it is told to the exchange, perhaps before the call returns; it never throws. */
export type StartAttempt = (exchange: ClientExchange) => void;

/** A transport that needs no promise. */
export interface DirectTransport extends Transport {
  /** As `send`. */
  start(exchange: ClientExchange): void;
}

/** How attempts are started on a transport. */
export function attemptStarter(transport: Transport): StartAttempt {
  if (isDirect(transport)) return (exchange) => transport.start(exchange);
  return (exchange) => void send(transport, exchange);
}

function isDirect(transport: Transport): transport is DirectTransport {
  return typeof (transport as Partial<DirectTransport>).start === 'function';
}

async function send(transport: Transport, exchange: ClientExchange): Promise<void> {
  let response;
  try {
    response = await transport.send(exchange.request);
  } catch (error) {
    exchange.reject(error);
    return;
  }
  exchange.resolve(response);
}
