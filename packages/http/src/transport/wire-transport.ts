// Our own HTTP/1.1 transport: kept connections for each endpoint, and a fresh one where a kept one turns out to be stale.
import { coreError, type Endpoint } from '@sluice/core';
import type { ProxyResponse } from '../response/response.ts';
import { mayLeaveHttp, type ClientExchange } from '../wire/client-exchange.ts';
import { ReadBuffers } from '../wire/read-buffers.ts';
import { WriteBuffer } from '../wire/write-buffer.ts';
import { ConnectionPool, type PoolHome } from './connection-pool.ts';
import type { DirectTransport } from './direct-transport.ts';
import type { OutgoingRequest, Transport, TransportStats } from './transport.ts';
import {
  resolveWireTransportOptions,
  type ResolvedWireTransportOptions,
  type WireTransportOptions,
} from './wire-transport-options.ts';

class WireTransport implements DirectTransport {
  readonly name = 'wire';
  readonly #home: PoolHome;
  /** The pools that have connections. */
  readonly #pools = new Set<ConnectionPool>();
  /** Those of them that new requests go to, by endpoint id. */
  readonly #current = new Map<string, ConnectionPool>();
  #created = 0;
  #reused = 0;
  #isClosing = false;
  #closed: (() => void)[] = [];

  constructor(options: ResolvedWireTransportOptions) {
    this.#home = {
      ...options,
      buffers: new ReadBuffers(),
      writeBuffer: new WriteBuffer(),
      onOpened: () => void this.#created++,
      // Never on another kept connection: that one may be stale as well.
      onStale: (exchange) => this.#startFresh(exchange),
      onEmpty: (pool) => this.#forget(pool),
    };
  }

  send(request: OutgoingRequest): Promise<ProxyResponse> {
    return new Promise((resolve, reject) => this.start({ request, resolve, reject }));
  }

  start(exchange: ClientExchange): void {
    const { request } = exchange;
    if (this.#isClosing) exchange.reject(coreError('SLUICE_SHUTTING_DOWN', 'the transport is closed'));
    else if (request.scope.aborted) exchange.reject(request.scope.reason);
    else {
      // A tunnel takes its connection with it, so it gets one of its own.
      const kept = mayLeaveHttp(request) ? undefined : this.#poolFor(request.endpoint)?.take();
      if (kept === undefined) this.#startFresh(exchange);
      else {
        this.#reused++;
        kept.start(exchange);
      }
    }
  }

  stats(): TransportStats {
    let openConnections = 0;
    let idleConnections = 0;
    for (const pool of this.#pools) {
      openConnections += pool.openCount;
      idleConnections += pool.idleCount;
    }
    return { openConnections, idleConnections, connectionsCreated: this.#created, connectionsReused: this.#reused };
  }

  close(): Promise<void> {
    this.#isClosing = true;
    for (const pool of this.#pools) pool.retire();
    if (this.#pools.size === 0) return Promise.resolve();
    return new Promise((resolve) => void this.#closed.push(resolve));
  }

  #startFresh(exchange: ClientExchange): void {
    const { endpoint } = exchange.request;
    const pool = this.#poolFor(endpoint) ?? this.#addPool(endpoint);
    void pool.startFresh(exchange);
  }

  /** The pool of an endpoint, if it has connections to where the endpoint is now. */
  #poolFor({ id, address }: Endpoint): ConnectionPool | undefined {
    const pool = this.#current.get(id);
    if (pool === undefined || pool.address === address || pool.address.href === address.href) return pool;
    this.#current.delete(id);
    pool.retire();
    return undefined;
  }

  #addPool(endpoint: Endpoint): ConnectionPool {
    const pool = new ConnectionPool(endpoint, this.#home);
    this.#pools.add(pool);
    this.#current.set(endpoint.id, pool);
    if (this.#isClosing) pool.retire();
    return pool;
  }

  #forget(pool: ConnectionPool): void {
    this.#pools.delete(pool);
    for (const [id, current] of this.#current) if (current === pool) this.#current.delete(id);
    if (this.#pools.size === 0) for (const resolve of this.#closed.splice(0)) resolve();
  }
}

/**
 * Makes the transport that speaks HTTP/1.1 over connections of its own.
 *
 * @throws OptionsError with everything that is wrong in one message.
 */
export function createWireTransport(options: WireTransportOptions = {}): Transport {
  return new WireTransport(resolveWireTransportOptions(options));
}
