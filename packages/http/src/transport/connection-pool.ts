// The connections to one endpoint. Between exchanges, the one used last is used next, so that those nobody needs grow old and are closed.
import type { Clock, Endpoint, EndpointAddress } from '@sluice/core';
import type { Dialer } from '@sluice/l4';
import type { ClientExchange } from '../wire/client-exchange.ts';
import type { ConnectionKeeper, KeptConnection } from '../wire/connection-keeper.ts';
import type { FieldLimits } from '../wire/field-scanner.ts';
import { openConnection } from '../wire/open-connection.ts';
import type { ReadBuffers } from '../wire/read-buffers.ts';
import type { WriteBuffer } from '../wire/write-buffer.ts';
import type { ResolvedPoolOptions } from './wire-transport-options.ts';

/** By how much we close a connection before the endpoint does, in milliseconds; at most half of the time that it announces. */
const marginMs = 1_000;

/** What the pools of a transport share. */
export interface PoolHome {
  readonly clock: Clock;
  readonly dialer: Dialer;
  readonly buffers: ReadBuffers;
  readonly limits: FieldLimits;
  readonly continueMs: number;
  readonly writeBuffer: WriteBuffer;
  readonly pool: ResolvedPoolOptions;
  /** A connection was opened. */
  readonly onOpened: () => void;
  /** Sends a request again, whose connection had died before the endpoint saw it. */
  readonly onStale: (exchange: ClientExchange) => void;
  /** The pool has no connection any more. */
  readonly onEmpty: (pool: ConnectionPool) => void;
}

/** The connections of one transport to one address. */
export class ConnectionPool implements ConnectionKeeper {
  readonly address: EndpointAddress;
  /** Connections that are open or being opened. */
  openCount = 0;
  readonly #home: PoolHome;
  readonly #idle: KeptConnection[] = [];
  #isRetired = false;

  constructor({ address }: Endpoint, home: PoolHome) {
    this.address = address;
    this.#home = home;
  }

  get idleCount(): number {
    return this.#idle.length;
  }

  /** A connection that is ready, if there is one. */
  take(): KeptConnection | undefined {
    for (;;) {
      const connection = this.#idle.pop();
      if (connection === undefined || !this.#isTooOld(connection)) return connection;
      connection.close();
    }
  }

  /** Sends a request on a connection that has served none. Every failure is the exchange's. */
  async startFresh(exchange: ClientExchange): Promise<void> {
    const { dialer, buffers, pool } = this.#home;
    const options = { ...this.#home, keeper: this, maxExchanges: pool.maxRequestsPerConnection };
    this.openCount++;
    let connection;
    try {
      connection = await openConnection(dialer, buffers, exchange.request, options);
    } catch (error) {
      this.#countDown();
      exchange.reject(error);
      return;
    }
    this.#home.onOpened();
    connection.start(exchange);
  }

  /** Closes the idle connections now and the others when their exchange ends. */
  retire(): void {
    this.#isRetired = true;
    for (const connection of this.#idle.splice(0)) connection.close();
  }

  onReusable(connection: KeptConnection): void {
    const { maxIdlePerEndpoint, idleTimeoutMs } = this.#home.pool;
    if (this.#isRetired || this.#idle.length >= maxIdlePerEndpoint || this.#isTooOld(connection)) {
      connection.close();
      return;
    }
    const announcedMs = connection.announcedIdleMs ?? Infinity;
    this.#idle.push(connection);
    connection.rest(Math.min(idleTimeoutMs, Math.max(announcedMs - marginMs, announcedMs / 2)));
  }

  onStale(exchange: ClientExchange): void {
    this.#home.onStale(exchange);
  }

  onClosed(connection: KeptConnection): void {
    const index = this.#idle.lastIndexOf(connection);
    if (index >= 0) this.#idle.splice(index, 1);
    this.#countDown();
  }

  #countDown(): void {
    this.openCount--;
    if (this.openCount === 0) this.#home.onEmpty(this);
  }

  #isTooOld({ createdMs }: KeptConnection): boolean {
    const { clock, pool } = this.#home;
    return pool.maxAgeMs !== Infinity && clock.now() - createdMs >= pool.maxAgeMs;
  }
}
