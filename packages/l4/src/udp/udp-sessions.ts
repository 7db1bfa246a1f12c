// The open sessions of a UDP proxy: whose datagram goes to which, who may begin one, what is counted and told of them, and how they all end.
import {
  createAbortScope,
  createEvents,
  type Endpoint,
  type Events,
  type OwnedAbortScope,
  type ProxyError,
  type Upstream,
  OpenList,
} from '@sluice/core';
import { createClientCounts, type ClientCounts } from '../client-counts.ts';
import { unmappedIPv4 } from '../proxy-protocol/wire-address.ts';
import { Sweep } from '../sweep.ts';
import { EndpointSessions } from '../tcp/endpoint-sessions.ts';
import type { ConnectEndpoint } from './datagram-socket.ts';
import { KnownEndpoints, type LookupName } from './known-endpoints.ts';
import type { UdpClient } from './udp-client.ts';
import { UdpCounters, type UdpProxyStats } from './udp-counters.ts';
import type { UdpProxyEvents, UdpSessionEnd } from './udp-events.ts';
import type { ResolvedUdpProxyOptions, ResolvedUdpTimeouts } from './udp-proxy-options.ts';
import { UdpSession } from './udp-session.ts';
import type { ListeningPort, OpenUdpSession, UdpSessionHome } from './udp-session-home.ts';

/** Where a datagram came from, as node tells it. */
export interface DatagramSource {
  readonly address: string;
  readonly port: number;
}

/** All of them. */
export class UdpSessions implements UdpSessionHome {
  readonly events: Events<UdpProxyEvents> = createEvents<UdpProxyEvents>();
  readonly options: ResolvedUdpProxyOptions;
  readonly connect: ConnectEndpoint;
  readonly known: KnownEndpoints;
  readonly cancellation: OwnedAbortScope = createAbortScope();
  readonly #open = new OpenList<OpenUdpSession>();
  /** Sessions that take further requests: by the client's address, then by its port and ours. */
  readonly #taking = new Map<string, Map<number, UdpSession>>();
  readonly #counters = new UdpCounters();
  readonly #byEndpoint: EndpointSessions;
  readonly #sweep: Sweep;
  readonly #counts: ClientCounts;
  /** Why no session begins any more. */
  #ending: ProxyError | undefined;
  #onIdle: (() => void)[] = [];

  constructor(options: ResolvedUdpProxyOptions, connect: ConnectEndpoint, lookup?: LookupName) {
    this.options = options;
    this.connect = connect;
    this.known = new KnownEndpoints(options.clock, lookup);
    this.#counts = createClientCounts(options.limits.maxSessionsPerAddress);
    this.#byEndpoint = new EndpointSessions(options.endpointLoss);
    this.#sweep = new Sweep(options.clock, tickMs(options.timeouts), (nowMs) => this.#look(nowMs));
  }

  readonly nowMs = (): number => this.#sweep.nowMs();

  /** Takes a datagram that has come to one of the proxy's ports. */
  onDatagram(port: ListeningPort, datagram: Buffer, source: DatagramSource): void {
    const session = this.#taking.get(source.address)?.get(seatOf(port, source.port));
    if (datagram.length > this.options.limits.maxRequestBytes) this.#drop(port, source, 'SLUICE_DATAGRAM_TOO_LARGE');
    else if (session !== undefined) session.request(datagram);
    else this.#begin(port, datagram, source);
  }

  onDropped(client: UdpClient, code: string): void {
    this.#counters.onDropped(code);
    this.events.emit('datagram-dropped', { client, code });
  }

  onFull(session: OpenUdpSession): void {
    const { client, port, replyAddress } = session;
    const seat = seatOf(port, client.remotePort);
    const sameAddress = this.#taking.get(replyAddress);
    if (sameAddress?.get(seat) !== session) return;
    sameAddress.delete(seat);
    if (sameAddress.size === 0) this.#taking.delete(replyAddress);
  }

  onConnected(session: OpenUdpSession, endpoint: Endpoint, upstream: Upstream): void {
    // One that takes no more requests has nothing to lose: only replies are still to come.
    if (this.options.requestsPerSession > 1) this.#byEndpoint.add(upstream, session);
    if (this.events.has('session-opened')) this.events.emit('session-opened', { client: session.client, endpoint });
  }

  onDisconnected(session: OpenUdpSession, upstream: Upstream): void {
    this.#byEndpoint.remove(upstream, session);
  }

  onEndpointFailed({ client }: OpenUdpSession, endpoint: Endpoint, error: ProxyError): void {
    this.#counters.endpointsFailed++;
    this.events.emit('endpoint-failed', { client, endpoint, error });
  }

  onEnded(session: OpenUdpSession, ended: UdpSessionEnd, error: ProxyError | undefined): void {
    this.#forget(session);
    this.#counters.onEnded(session, ended, error?.code);
    if (this.events.has('session-closed')) {
      const { client, endpoint, requests, replies, requestBytes, replyBytes } = session;
      const durationMs = this.options.clock.now() - session.openedMs;
      const traffic = { requests, replies, requestBytes, replyBytes };
      this.events.emit('session-closed', { client, endpoint, ended, error, durationMs, ...traffic });
    }
    if (this.#open.size > 0) return;
    for (const listener of this.#onIdle) listener();
    this.#onIdle = [];
  }

  stats(): UdpProxyStats {
    return this.#counters.stats(this.#open.all());
  }

  /** Begins no more sessions. */
  stop(reason: ProxyError): void {
    this.#ending = reason;
  }

  /** Resolves when nothing is open. */
  idle(): Promise<void> {
    return this.#open.size === 0 ? Promise.resolve() : new Promise((resolve) => this.#onIdle.push(resolve));
  }

  /** Cuts the sessions of a port, or all of them. @returns how many there were */
  cutAll(error: ProxyError, port?: ListeningPort): number {
    const cut = this.#open.all().filter((session) => port === undefined || session.port === port);
    for (const session of cut) session.cut(error);
    return cut.length;
  }

  /** Nothing will be open any more. */
  close(reason: ProxyError): void {
    this.stop(reason);
    this.cutAll(reason);
    this.cancellation.abort(reason);
    this.#sweep.stop();
  }

  /** 1. */
  #begin(port: ListeningPort, datagram: Buffer, source: DatagramSource): void {
    const refusal = this.#refusalOf(port, source);
    if (refusal !== undefined) {
      this.#drop(port, source, refusal);
      return;
    }
    this.#sweep.start();
    const session = new UdpSession(clientOf(port, source), source.address, port, this);
    this.#counters.sessionsBegun++;
    this.#open.add(session);
    if (this.options.requestsPerSession > 1) this.#seat(session);
    void session.open(datagram);
  }

  #seat(session: UdpSession): void {
    const { client, port, replyAddress } = session;
    let sameAddress = this.#taking.get(replyAddress);
    if (sameAddress === undefined) this.#taking.set(replyAddress, (sameAddress = new Map()));
    sameAddress.set(seatOf(port, client.remotePort), session);
  }

  /** Why nobody may begin a session, if so. Otherwise the client is counted. */
  #refusalOf(port: ListeningPort, source: DatagramSource): string | undefined {
    const { allow, deny, limits } = this.options;
    if (this.#ending !== undefined) return this.#ending.code;
    // Nothing can be sent to port 0, and a datagram in our own name would be answered for ever.
    const isForged = source.port === 0 || (source.port === port.localPort && source.address === port.localAddress);
    if (isForged || deny?.has(source.address) === true || allow?.has(source.address) === false)
      return 'SLUICE_CLIENT_DENIED';
    if (this.#open.size >= limits.maxSessions) return 'SLUICE_SESSIONS_FULL';
    return this.#counts.enter(source.address) ? undefined : 'SLUICE_SESSIONS_PER_ADDRESS';
  }

  #drop(port: ListeningPort, source: DatagramSource, code: string): void {
    this.#counters.onDropped(code);
    if (this.events.has('datagram-dropped'))
      this.events.emit('datagram-dropped', { client: clientOf(port, source), code });
  }

  #forget(session: OpenUdpSession): void {
    this.#open.delete(session);
    this.#counts.leave(session.replyAddress);
    this.onFull(session);
  }

  #look(nowMs: number): boolean {
    for (const session of this.#open.all()) session.sweep(nowMs);
    return this.#open.size > 0;
  }
}

/** What a datagram says about its sender. An IPv4 client is one also where the socket is of both families. */
function clientOf({ localAddress, localPort }: ListeningPort, { address, port }: DatagramSource): UdpClient {
  const remoteAddress = unmappedIPv4(address);
  const isMapped = remoteAddress !== address;
  const ours = isMapped ? (localAddress === '::' ? '0.0.0.0' : unmappedIPv4(localAddress)) : localAddress;
  return { remoteAddress, remotePort: port, localAddress: ours, localPort };
}

/** A number for each pair of a client's port and one of ours. */
function seatOf({ index }: ListeningPort, port: number): number {
  return index * 65_536 + port;
}

/** Often enough that no limit is passed by more than an eighth, and by a second at most. */
function tickMs({ idleMs, replyMs }: ResolvedUdpTimeouts): number {
  return Math.min(1000, Math.max(10, Math.min(idleMs, replyMs) / 8));
}
