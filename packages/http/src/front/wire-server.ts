// The listener on our own engine: it accepts connections within limits, and ends their phases in time with one timer for all of them.
import { OpenList, type Clock, type ProxyError, type Timer } from '@sluice/core';
import { createServer, type Server, type Socket } from 'node:net';
import { createClientCounts, hasLeft, type ClientCounts } from '@sluice/l4';
import type { ExchangeRunner } from '../exchange-runner.ts';
import type { ConnectionInfo } from '../headers/client-resolver.ts';
import type { UpgradePolicy } from '../request/upgrade-protocol.ts';
import { WriteBuffer } from '../wire/write-buffer.ts';
import type { PhaseTimeouts } from './connection-deadline.ts';
import { DateText } from './date-text.ts';
import { Entrance } from './entrance.ts';
import { identifiedConnection } from './identified-connection.ts';
import { ListenerCounters } from './listener-counters.ts';
import {
  openListener,
  type Listening,
  type ListenerStats,
  type ResolvedListenOptions,
  type ServerConnections,
} from './listener.ts';
import type { OpenConnection, WireConnectionHome } from './wire-connection-home.ts';
import { WireConnection } from './wire-connection.ts';

/**
 * How many bytes node keeps for a connection that is not read. It keeps them as they come, and bytes that come one by one cost two hundred times
 * what they hold. (TLS has no such option.)
 */
const bufferedBytes = 16 * 1024;

/** What a listener needs besides the runner. */
export interface WireServerOptions {
  readonly clock: Clock;
  readonly timeouts: PhaseTimeouts & { readonly responseBodyIdleMs: number; readonly upgradeIdleMs: number };
  readonly upgrades: UpgradePolicy;
  readonly servesConnect: boolean;
  /** Whether responses are the last on their connections. */
  readonly isLast: () => boolean;
  /** Why new work is refused, if it is. */
  readonly refusal: () => ProxyError | undefined;
}

/** Opens a listener. Rejects with node's error when the address can not be had. */
export function listenWire(
  runner: ExchangeRunner,
  listen: ResolvedListenOptions,
  options: WireServerOptions,
): Promise<Listening> {
  const connections = new WireConnections(runner, listen, options);
  const entrance = new Entrance(listen.preludes, (error) => connections.onRefused(error));
  const server = createServer({ allowHalfOpen: true, noDelay: true, highWaterMark: bufferedBytes }, (socket) => {
    // Before the handshake, which costs more than a request.
    const client = connections.admit(socket, entrance);
    if (client === undefined) return;
    if (entrance.isOpen) connections.add(socket, plainConnection(socket, connections.port));
    else {
      void entrance.pass(socket, (ready, facts) => {
        if (connections.identify(client, facts.remoteAddress)) connections.add(ready, identifiedConnection(facts));
        else ready.destroy();
      });
    }
  });
  server.on('listening', () => (connections.port = portOf(server)));
  server.on('close', () => connections.stop());
  return openListener(server, listen, entrance, connections);
}

/** What is counted as nobody's: the address of whoever comes through a Unix socket. */
const notCounted = '';

/** A connection that is counted, and as whose. */
interface AdmittedClient {
  countedAs: string;
}

/** The connections of a listener. */
class WireConnections implements ServerConnections {
  /** The port that the listener is bound to; 0 for a Unix socket. */
  port = 0;
  /** Those that speak HTTP. */
  readonly #open = new OpenList<OpenConnection>();
  readonly #clients: ClientCounts;
  readonly #counters = new ListenerCounters();
  readonly #home: WireConnectionHome;
  readonly #clock: Clock;
  readonly #tickMs: number;
  #nowMs: number;
  #sweep: Timer | undefined;

  constructor(runner: ExchangeRunner, { limits }: ResolvedListenOptions, options: WireServerOptions) {
    const { clock, timeouts } = options;
    const date = new DateText(clock);
    this.#clients = createClientCounts(limits.maxConnectionsPerAddress);
    this.#clock = clock;
    this.#nowMs = clock.now();
    this.#tickMs = Math.min(500, Math.max(10, Math.min(timeouts.requestHeadMs, timeouts.keepAliveMs) / 8));
    this.#home = {
      ...options,
      runner,
      limits: { ...limits, maxBytes: limits.maxHeadBytes },
      response: {
        clock,
        responseBodyIdleMs: timeouts.responseBodyIdleMs,
        buffer: new WriteBuffer(),
        date: () => date.now(),
      },
      tunnels: { clock, idleTimeoutMs: timeouts.upgradeIdleMs },
      // A phase that starts between two sweeps is never too short.
      nowMs: () => this.#nowMs + this.#tickMs,
      finish: (exchange, status) => {
        const error = runner.finish(exchange, status);
        if (error !== undefined) this.#counters.refuse(error);
      },
      onRefused: (error) => this.onRefused(error),
      onClosed: (connection) => this.#open.delete(connection),
    };
  }

  /** Counts a connection for as long as it lasts, whatever is spoken on it. `undefined` when there are too many, or it is over: it is closed then. */
  admit(socket: Socket, entrance: Entrance): AdmittedClient | undefined {
    const counters = this.#counters;
    if (hasLeft(socket)) {
      socket.on('error', () => {}).destroy();
      return undefined;
    }
    const { remoteAddress = '' } = socket;
    const client = { countedAs: entrance.speaksFor(remoteAddress) ? notCounted : remoteAddress };
    if (counters.connectionsOpen >= this.#home.limits.maxConnections || !this.#clients.enter(client.countedAs)) {
      counters.connectionsRefused++;
      socket.on('error', () => {}).destroy();
      return undefined;
    }
    counters.connectionsAccepted++;
    counters.connectionsOpen++;
    socket.on('close', () => this.#leave(client));
    return client;
  }

  /** Counts an admitted connection as that client's whose it has turned out to be. @returns false when that one has too many */
  identify(client: AdmittedClient, remoteAddress: string): boolean {
    if (client.countedAs === remoteAddress) return true;
    this.#clients.leave(client.countedAs);
    client.countedAs = this.#clients.enter(remoteAddress) ? remoteAddress : notCounted;
    if (client.countedAs === remoteAddress) return true;
    this.#counters.connectionsRefused++;
    return false;
  }

  add(socket: Socket, info: ConnectionInfo): void {
    if (this.#open.size === 0) this.#startSweeps();
    this.#open.add(new WireConnection(socket, info, this.#home));
  }

  onRefused(error: ProxyError): void {
    this.#counters.refuse(error);
  }

  closeIdle(): void {
    for (const connection of this.#open.all()) connection.closeIdle();
  }

  closeAll(): void {
    for (const connection of this.#open.all()) connection.destroy();
  }

  stats(): Omit<ListenerStats, 'tls'> {
    return this.#counters.stats();
  }

  stop(): void {
    this.#sweep?.cancel();
    this.#sweep = undefined;
  }

  #leave({ countedAs }: AdmittedClient): void {
    this.#counters.connectionsOpen--;
    this.#clients.leave(countedAs);
  }

  #startSweeps(): void {
    this.#nowMs = this.#clock.now();
    this.#sweep ??= this.#clock.setTimer(() => this.#onSweep(), this.#tickMs);
    this.#sweep.refresh();
  }

  #onSweep(): void {
    this.#nowMs = this.#clock.now();
    for (const connection of this.#open.all()) connection.sweep(this.#nowMs);
    if (this.#open.size > 0) this.#sweep?.refresh();
  }
}

/** @param localPort - All connections have it: asking the system for each would be a call each. */
function plainConnection({ remoteAddress = '', remotePort = 0 }: Socket, localPort: number): ConnectionInfo {
  return { remoteAddress, remotePort, localPort, secure: false };
}

function portOf(server: Server): number {
  const bound = server.address();
  return bound !== null && typeof bound === 'object' ? bound.port : 0;
}
