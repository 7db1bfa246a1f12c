// The TCP proxy as one value: its listeners and its orderly end, around the path, which is serve-connection.ts.
import { coreError, resolveOptions, type Events, type ProxyError, type Upstream } from '@sluice/core';
import { createServer, type Server, type Socket } from 'node:net';
import { within } from '../within.ts';
import { bindServer, readListenAddress, type ListenAddressOptions } from './listen-address.ts';
import { OpenConnections } from './open-connections.ts';
import { serveConnection } from './serve-connection.ts';
import type { TcpProxyStats } from './tcp-counters.ts';
import type { TcpProxyEvents } from './tcp-events.ts';
import { resolveTcpProxyOptions, type ResolvedTcpProxyOptions, type TcpProxyOptions } from './tcp-proxy-options.ts';

/** A listener that is up. */
export interface TcpListening {
  /** Where it can be reached: `tcp://127.0.0.1:5432`, or `unix:/path`. */
  readonly url: string;
  /** The port, or 0 for a Unix socket. */
  readonly port: number;
  /** Accepts nothing more; what is open goes on. Resolves when the last of its connections is closed. */
  close(): Promise<void>;
}

/** A load balancer for connections. Its functions need no `this`. */
export interface TcpProxy {
  /** Opens a listener, on any free port of the loopback address unless told otherwise. May be called several times. */
  readonly listen: (listen?: number | ListenAddressOptions) => Promise<TcpListening>;
  /** Serves a connection that a server of yours has accepted: `createServer({ allowHalfOpen: true }, proxy.handle)`. It is the proxy's from then on. */
  readonly handle: (socket: Socket) => void;
  /** Where connections go, unless a route chooses another; `undefined` when there is only a route. */
  readonly upstream: Upstream | undefined;
  /** Counters at this moment. */
  readonly stats: () => TcpProxyStats;
  /** Listens to an event. A listener that throws causes a process warning and nothing else. @returns a function that takes it off */
  readonly on: Events<TcpProxyEvents>['on'];
  /** Takes a listener off. */
  readonly off: Events<TcpProxyEvents>['off'];
  /**
   * Accepts nothing more, waits for the open connections, and closes.
   *
   * @param graceMs - How long they may take. @defaultValue 30000
   * @returns how many were cut when that time was over. `0` is a clean drain.
   */
  readonly drain: (graceMs?: number) => Promise<number>;
  /** Closes now: open connections are reset. Calling it again, or during `drain`, is fine. */
  readonly close: () => Promise<void>;
  /** `close`, for `await using`. */
  readonly [Symbol.asyncDispose]: () => Promise<void>;
}

/**
 * Makes a TCP proxy.
 *
 * @throws ProxyError `SLUICE_OPTIONS_INVALID`, with everything that is wrong in one message.
 * @example
 * ```ts
 * const proxy = createTcpProxy({ upstream: { endpoints: ['10.0.0.7:5432', '10.0.0.8:5432'], balancer: 'least-requests' } });
 * const { port } = await proxy.listen(5432);
 * ```
 */
export function createTcpProxy(options: TcpProxyOptions): TcpProxy {
  const resolved = resolveTcpProxyOptions(options);
  const open = new OpenConnections(resolved);
  const lifecycle = new TcpLifecycle(open, resolved);
  return {
    listen: (listen) => lifecycle.listen(listen),
    handle: (socket) => lifecycle.handle(socket),
    upstream: resolved.upstream,
    stats: () => open.stats(),
    on: open.events.on,
    off: open.events.off,
    drain: (graceMs = 30_000) => lifecycle.drain(graceMs),
    close: () => lifecycle.close(),
    [Symbol.asyncDispose]: () => lifecycle.close(),
  };
}

/** Open, then draining, then closed. */
class TcpLifecycle {
  readonly #open: OpenConnections;
  readonly #options: ResolvedTcpProxyOptions;
  readonly #listening = new Set<TcpListening>();
  #isEnding = false;
  #closing: Promise<void> | undefined;

  constructor(open: OpenConnections, options: ResolvedTcpProxyOptions) {
    this.#open = open;
    this.#options = options;
  }

  readonly handle = (socket: Socket): void => {
    if (this.#isEnding) this.#open.turnAway(socket, shuttingDown());
    else void serveConnection(socket, this.#open);
  };

  async listen(where: number | ListenAddressOptions = {}): Promise<TcpListening> {
    const options = typeof where === 'number' ? { port: where } : where;
    const address = resolveOptions(options, 'listen', readListenAddress);
    if (this.#isEnding) throw shuttingDown();
    const server = createServer({ allowHalfOpen: true, noDelay: true }, this.handle);
    const { authority, port } = await bindServer(server, address);
    const listening = { url: `${port === 0 ? 'unix:' : 'tcp://'}${authority}`, port, close: () => closeServer(server) };
    this.#listening.add(listening);
    server.once('close', () => this.#listening.delete(listening));
    if (this.#isEnding) {
      await listening.close();
      throw shuttingDown();
    }
    return listening;
  }

  async drain(graceMs: number): Promise<number> {
    void this.#stopListening();
    await within(graceMs, this.#open.idle(), this.#options.clock);
    const cut = this.#open.cutAll(shuttingDown());
    await this.close();
    return cut;
  }

  close(): Promise<void> {
    return (this.#closing ??= this.#close());
  }

  async #close(): Promise<void> {
    const stopped = this.#stopListening();
    this.#open.cutAll(shuttingDown());
    await this.#open.idle();
    await stopped;
    this.#open.close();
    this.#options.ownedTls?.close();
    if (this.#options.ownsUpstream) await this.#options.upstream?.close();
  }

  /** Resolves when the last connection of the last listener is closed. */
  async #stopListening(): Promise<void> {
    this.#isEnding = true;
    await Promise.all([...this.#listening].map((listening) => listening.close()));
  }
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => void server.close(() => resolve()));
}

function shuttingDown(): ProxyError {
  return coreError('SLUICE_SHUTTING_DOWN', 'the proxy is shutting down');
}
