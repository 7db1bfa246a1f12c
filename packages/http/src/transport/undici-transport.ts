// A transport over an undici dispatcher: HTTP/2 endpoints, proxies between us and the endpoint, mocks in tests. What undici can not do is
// listed in docs/notes/undici.md. One request's way is undici-exchange.ts.
import { coreError, systemClock, type Clock } from '@sluice/core';
import type { Dispatcher } from 'undici';
import type { ProxyResponse } from '../response/response.ts';
import type { OutgoingRequest, Transport, TransportStats } from './transport.ts';
import { UndiciExchange } from './undici-exchange.ts';

/** What `createUndiciTransport` takes besides the dispatcher. */
export interface UndiciTransportOptions {
  /** @defaultValue the system's */
  readonly clock?: Clock;
}

class UndiciTransport implements Transport {
  readonly name = 'undici';
  readonly #dispatcher: Dispatcher;
  readonly #clock: Clock;
  #open = 0;
  #created = 0;
  #sent = 0;
  #inFlight = 0;
  #closing: Promise<void> | undefined;

  constructor(dispatcher: Dispatcher, clock: Clock) {
    this.#dispatcher = dispatcher;
    this.#clock = clock;
    dispatcher.on('connect', this.#onConnect).on('disconnect', this.#onDisconnect);
  }

  send(request: OutgoingRequest): Promise<ProxyResponse> {
    if (this.#closing !== undefined)
      return Promise.reject(coreError('SLUICE_SHUTTING_DOWN', 'the transport is closed'));
    return new Promise((resolve, reject) => {
      this.#sent++;
      this.#inFlight++;
      new UndiciExchange({ request, resolve, reject }, this.#clock, () => void this.#inFlight--).dispatch(
        this.#dispatcher,
      );
    });
  }

  stats(): TransportStats {
    return {
      openConnections: this.#open,
      idleConnections: Math.max(0, this.#open - this.#inFlight),
      connectionsCreated: this.#created,
      connectionsReused: Math.max(0, this.#sent - this.#created),
    };
  }

  close(): Promise<void> {
    this.#closing ??= this.#dispatcher.close();
    return this.#closing;
  }

  readonly #onConnect = (): void => {
    this.#open++;
    this.#created++;
  };

  readonly #onDisconnect = (): void => void this.#open--;
}

/**
 * Makes a transport over an undici dispatcher, such as `new Agent()`, a `Pool`, a `ProxyAgent` or a `MockAgent`.
 *
 * The dispatcher is the transport's from then on: closing the transport closes it. Its limits on connecting, on heads and on
 * connections stay its own; the time limits of a request are the proxy's. undici sends no `Expect` and no trailers of requests, does not say
 * whether a connection was reused, so that a stale one is not replaced, and speaks to a Unix socket only when the dispatcher was made for it.
 */
export function createUndiciTransport(dispatcher: Dispatcher, options: UndiciTransportOptions = {}): Transport {
  return new UndiciTransport(dispatcher, options.clock ?? systemClock);
}
