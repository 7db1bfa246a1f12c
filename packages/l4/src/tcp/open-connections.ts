// The open connections of a TCP proxy: who is in, what is counted and told of them, until when they may be open, and how they all end.
import { createEvents, type Endpoint, type Events, type ProxyError, type Upstream, OpenList } from '@sluice/core';
import type { Socket } from 'node:net';
import { cutStream } from '../cut-stream.ts';
import { hasLeft } from '../has-left.ts';
import { clientLeft } from '../peek.ts';
import { ReadMemory } from '../read-memory.ts';
import type { SpliceResult } from '../splice-pair.ts';
import { Sweep } from '../sweep.ts';
import { alertFor, closeWithAlert } from '../tls/refusal-alert.ts';
import { admissionError, Admission } from './admission.ts';
import { createClientConnection } from './client-connection.ts';
import { EndpointSessions } from './endpoint-sessions.ts';
import type { TcpProxyHome } from './serve-connection.ts';
import { TcpConnection } from './tcp-connection.ts';
import { TcpCounters, type TcpProxyStats } from './tcp-counters.ts';
import type { TcpProxyEvents } from './tcp-events.ts';
import type { ResolvedTcpProxyOptions, ResolvedTcpTimeouts } from './tcp-proxy-options.ts';

/** All of them. */
export class OpenConnections implements TcpProxyHome {
  readonly events: Events<TcpProxyEvents> = createEvents<TcpProxyEvents>();
  readonly options: ResolvedTcpProxyOptions;
  readonly memory: ReadMemory = new ReadMemory();
  readonly #open = new OpenList<TcpConnection>();
  readonly #counters = new TcpCounters();
  readonly #admission: Admission;
  readonly #sessions: EndpointSessions;
  readonly #sweep: Sweep;
  #onIdle: (() => void)[] = [];

  constructor(options: ResolvedTcpProxyOptions) {
    this.options = options;
    this.#admission = new Admission(options.admission, options.clock);
    this.#sessions = new EndpointSessions(options.endpointLoss);
    this.#sweep = new Sweep(options.clock, tickMs(options.timeouts), (nowMs) => this.#look(nowMs));
  }

  admit(socket: Socket): TcpConnection | undefined {
    const { remoteAddress = '' } = socket;
    const isSpokenFor = this.options.preludes.some((prelude) => prelude.speaksFor?.(remoteAddress) === true);
    this.#counters.connectionsAccepted++;
    if (hasLeft(socket)) {
      this.turnAway(socket, clientLeft(undefined));
      return undefined;
    }
    const code = this.#admission.enter(remoteAddress, isSpokenFor);
    if (code !== undefined) {
      this.turnAway(socket, admissionError(code, remoteAddress));
      return undefined;
    }
    const client = new TcpConnection(socket, this.options.timeouts, this.#sweep.nowMs);
    if (!isSpokenFor) client.countedAs = remoteAddress;
    this.#open.add(client);
    this.#sweep.start();
    return client;
  }

  identify(client: TcpConnection): void {
    const { countedAs, facts } = client;
    if (countedAs === facts.remoteAddress) return;
    if (countedAs !== undefined) this.#admission.uncount(countedAs);
    client.countedAs = undefined;
    const code = this.#admission.count(facts.remoteAddress);
    if (code !== undefined) throw admissionError(code, facts.remoteAddress);
    client.countedAs = facts.remoteAddress;
  }

  onConnectFailed({ facts }: TcpConnection, endpoint: Endpoint, error: ProxyError): void {
    this.#counters.connectsFailed++;
    this.events.emit('connect-failed', { connection: facts, endpoint, error });
  }

  onJoined(client: TcpConnection, endpoint: Endpoint, upstream: Upstream): void {
    this.#counters.sessionsOpen++;
    this.#sessions.add(upstream, client);
    this.events.emit('session-opened', { connection: client.facts, endpoint });
  }

  onParted(client: TcpConnection, endpoint: Endpoint, upstream: Upstream, result: SpliceResult): void {
    this.#sessions.remove(upstream, client);
    this.#counters.onParted(result);
    if (!this.events.has('session-closed')) return;
    const durationMs = this.options.clock.now() - client.openedMs;
    this.events.emit('session-closed', { connection: client.facts, endpoint, durationMs, ...result });
  }

  refuse({ socket, facts }: TcpConnection, error: ProxyError): void {
    this.#counters.onRefused(error);
    // A hello was read, and its TLS is not ours: the client still waits for an answer to it.
    const alert = facts.clientHello !== undefined && facts.tls === undefined ? alertFor(error) : undefined;
    if (alert === undefined) cutStream(socket);
    else closeWithAlert(socket, alert);
    this.events.emit('connection-refused', { connection: facts, error });
  }

  /** Closes a connection that was not let in. */
  turnAway(socket: Socket, error: ProxyError): void {
    this.#counters.onRefused(error);
    if (this.events.has('connection-refused'))
      this.events.emit('connection-refused', { connection: createClientConnection(socket), error });
    socket.on('error', () => {});
    cutStream(socket);
  }

  leave(client: TcpConnection): void {
    this.#open.delete(client);
    this.#admission.leave(client.countedAs);
    if (this.#open.size > 0) return;
    for (const listener of this.#onIdle) listener();
    this.#onIdle = [];
  }

  stats(): TcpProxyStats {
    return this.#counters.stats(this.#open.size);
  }

  /** Resolves when nothing is open. */
  idle(): Promise<void> {
    return this.#open.size === 0 ? Promise.resolve() : new Promise((resolve) => this.#onIdle.push(resolve));
  }

  /** Cuts everything. @returns how many there were */
  cutAll(error: ProxyError): number {
    const cut = this.#open.all();
    for (const client of cut) client.cut(error);
    return cut.length;
  }

  /** Nothing will be open any more. */
  close(): void {
    this.#sweep.stop();
  }

  #look(nowMs: number): boolean {
    for (const client of this.#open.all()) client.sweep(nowMs);
    return this.#open.size > 0;
  }
}

/** Often enough that no limit is passed by more than an eighth, and by half a second at most. */
function tickMs({ establishMs, idleMs, sessionMs }: ResolvedTcpTimeouts): number {
  return Math.min(500, Math.max(10, Math.min(establishMs, idleMs, sessionMs) / 8));
}
