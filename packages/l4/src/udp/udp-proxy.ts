// The UDP proxy as one value: its listeners and its orderly end, around the sessions. The path of a datagram is udp-session.ts.
import { coreError, type Events, type ProxyError, type Upstream } from '@sluice/core';
import { within } from '../within.ts';
import { connectEndpoint } from './datagram-socket.ts';
import type { UdpProxyStats } from './udp-counters.ts';
import type { UdpProxyEvents } from './udp-events.ts';
import { resolveUdpListen, UdpListener, type UdpListenOptions } from './udp-listener.ts';
import { resolveUdpProxyOptions, type ResolvedUdpProxyOptions, type UdpProxyOptions } from './udp-proxy-options.ts';
import { UdpSessions } from './udp-sessions.ts';

/** A listener that is up. */
export interface UdpListening {
  /** Where it can be reached: `udp://127.0.0.1:53`. */
  readonly url: string;
  /** The port. */
  readonly port: number;
  /** Stops listening and cuts the sessions that came this way: their replies could not leave any more. Resolves when the port is free. */
  close(): Promise<void>;
}

/** A load balancer for datagrams. Its functions need no `this`. */
export interface UdpProxy {
  /** Opens a listener, on any free port of the loopback address unless told otherwise. May be called several times. */
  readonly listen: (listen?: number | UdpListenOptions) => Promise<UdpListening>;
  /** Where sessions go, unless a route chooses another; `undefined` when there is only a route. */
  readonly upstream: Upstream | undefined;
  /** Counters at this moment. */
  readonly stats: () => UdpProxyStats;
  /** Listens to an event. A listener that throws causes a process warning and nothing else. @returns a function that takes it off */
  readonly on: Events<UdpProxyEvents>['on'];
  /** Takes a listener off. */
  readonly off: Events<UdpProxyEvents>['off'];
  /**
   * Begins no more sessions, waits for the open ones, and closes. Only those end by themselves whose number of replies is known
   * (`repliesPerRequest`), or which are idle.
   *
   * @param graceMs - How long they may take. @defaultValue 30000
   * @returns how many were cut when that time was over. `0` is a clean drain.
   */
  readonly drain: (graceMs?: number) => Promise<number>;
  /** Closes now: open sessions are cut. Calling it again, or during `drain`, is fine. */
  readonly close: () => Promise<void>;
  /** `close`, for `await using`. */
  readonly [Symbol.asyncDispose]: () => Promise<void>;
}

/**
 * Makes a UDP proxy.
 *
 * @throws ProxyError `SLUICE_OPTIONS_INVALID`, with everything that is wrong in one message.
 * @example
 * ```ts
 * const proxy = createUdpProxy({ to: ['10.0.0.7:53', '10.0.0.8:53'], repliesPerRequest: 1, requestsPerSession: 1 });
 * const { port } = await proxy.listen(53);
 * ```
 */
export function createUdpProxy(options: UdpProxyOptions): UdpProxy {
  const resolved = resolveUdpProxyOptions(options);
  const sessions = new UdpSessions(resolved, connectEndpoint);
  const lifecycle = new UdpLifecycle(sessions, resolved);
  return {
    listen: (listen) => lifecycle.listen(listen),
    upstream: resolved.upstream,
    stats: () => sessions.stats(),
    on: sessions.events.on,
    off: sessions.events.off,
    drain: (graceMs = 30_000) => lifecycle.drain(graceMs),
    close: () => lifecycle.close(),
    [Symbol.asyncDispose]: () => lifecycle.close(),
  };
}

/** Open, then draining, then closed. */
class UdpLifecycle {
  readonly #sessions: UdpSessions;
  readonly #options: ResolvedUdpProxyOptions;
  readonly #listening = new Set<UdpListening>();
  #listened = 0;
  #isEnding = false;
  #closing: Promise<void> | undefined;

  constructor(sessions: UdpSessions, options: ResolvedUdpProxyOptions) {
    this.#sessions = sessions;
    this.#options = options;
  }

  async listen(where: number | UdpListenOptions | undefined): Promise<UdpListening> {
    const listen = resolveUdpListen(where);
    if (this.#isEnding) throw shuttingDown();
    const listener = await UdpListener.open(listen, this.#listened++, this.#options.limits.maxQueuedBytes);
    let closed: Promise<void> | undefined;
    const listening = {
      url: listener.url,
      port: listener.localPort,
      close: (): Promise<void> => (closed ??= this.#closeListener(listener, listening)),
    };
    this.#listening.add(listening);
    if (this.#isEnding) {
      await listening.close();
      throw shuttingDown();
    }
    listener.socket.on('message', (datagram, source) => this.#sessions.onDatagram(listener, datagram, source));
    return listening;
  }

  async drain(graceMs: number): Promise<number> {
    this.#isEnding = true;
    this.#sessions.stop(shuttingDown());
    await within(graceMs, this.#sessions.idle(), this.#options.clock);
    const cut = this.#sessions.cutAll(shuttingDown());
    await this.close();
    return cut;
  }

  close(): Promise<void> {
    this.#isEnding = true;
    return (this.#closing ??= this.#close());
  }

  async #close(): Promise<void> {
    this.#sessions.close(shuttingDown());
    await Promise.all([...this.#listening].map((listening) => listening.close()));
    if (this.#options.ownsUpstream) await this.#options.upstream?.close();
  }

  async #closeListener(listener: UdpListener, listening: UdpListening): Promise<void> {
    this.#sessions.cutAll(shuttingDown(), listener);
    await listener.close();
    this.#listening.delete(listening);
  }
}

function shuttingDown(): ProxyError {
  return coreError('SLUICE_SHUTTING_DOWN', 'the proxy is shutting down');
}
