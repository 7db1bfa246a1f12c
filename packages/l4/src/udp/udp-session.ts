// The life of a UDP session:
//
//  1  admit      a datagram of a client that has no session: address lists, limits (udp-sessions.ts)
//  2  route      client, first datagram -> upstream
//  3  acquire    balancer.pick -> Lease
//  4  connect    a socket of the session's own, connected to the endpoint; nothing is sent for that
//  5  requests   to the endpoint; back to 3 for another one when it refuses
//  6  replies    to the client, from the port that it has sent to
//  7  release    answered, idle, silent, refused: the lease ends with its outcome
//
// Whatever a session ends with, the client's next datagram begins another.
import {
  isProxyError,
  outcomeCancelled,
  type Endpoint,
  type Lease,
  type ProxyError,
  type Upstream,
} from '@sluice/core';
import { l4Error } from '../errors.ts';
import { Attempts } from './attempts.ts';
import type { IpAddress } from './datagram-socket.ts';
import { EndpointFlow, type FlowFailure, type FlowOwner } from './endpoint-flow.ts';
import type { DatagramAddress, KnownEndpoint } from './known-endpoints.ts';
import { PendingRequests } from './pending-requests.ts';
import type { UdpClient } from './udp-client.ts';
import type { UdpSessionEnd } from './udp-events.ts';
import type { ListeningPort, OpenUdpSession, UdpSessionHome } from './udp-session-home.ts';

/** One client's dialogue with one endpoint. */
export class UdpSession implements OpenUdpSession, FlowOwner {
  readonly client: UdpClient;
  readonly port: ListeningPort;
  readonly replyAddress: string;
  readonly openedMs: number;
  place = -1;
  requests = 0;
  replies = 0;
  requestBytes = 0;
  replyBytes = 0;
  readonly #home: UdpSessionHome;
  #upstream: Upstream | undefined;
  #flow: EndpointFlow | undefined;
  /** The lease of an endpoint that is still being looked up. */
  #lease: Lease | undefined;
  /** Requests that wait for an endpoint; `undefined` while there is one. */
  #pending: PendingRequests | undefined;
  readonly #attempts = new Attempts();
  /** When it last did anything; while requests wait, when they began to. */
  #sinceMs: number;
  #cutAtMs = Infinity;
  #cutError: ProxyError | undefined;
  #isOver = false;

  constructor(client: UdpClient, replyAddress: string, port: ListeningPort, home: UdpSessionHome) {
    this.client = client;
    this.replyAddress = replyAddress;
    this.port = port;
    this.#home = home;
    this.openedMs = home.options.clock.now();
    this.#sinceMs = home.nowMs();
  }

  /** Where it goes now. */
  get endpoint(): Endpoint | undefined {
    return this.#flow?.endpoint;
  }

  /** Begins with a first request. All of it happens at once, unless somebody has to be waited for. Never rejects. */
  async open(first: Buffer): Promise<void> {
    this.#pending = new PendingRequests(first);
    this.#count(first);
    try {
      // 2. Where to.
      const { route, upstream } = this.#home.options;
      const chosen = route?.(this.client, first);
      this.#upstream = (chosen instanceof Promise ? await chosen : chosen) ?? upstream;
      if (this.#upstream === undefined) throw l4Error('SLUICE_NO_ROUTE', 'the route knows no upstream for the client');
      await this.#connect(this.#upstream, first);
    } catch (error) {
      this.#fail(error);
    }
  }

  /** 5. */
  request(datagram: Buffer): void {
    this.#count(datagram);
    if (this.#pending === undefined) {
      this.#sinceMs = this.#home.nowMs();
      this.#flow?.send(datagram);
    } else if (!this.#pending.add(datagram, this.#home.options.limits.maxPendingBytes))
      this.#home.onDropped(this.client, 'SLUICE_DATAGRAM_QUEUE_FULL');
  }

  /** 6. */
  onReply(datagram: Buffer): void {
    const { limits, repliesPerRequest } = this.#home.options;
    const replyBytes = this.replyBytes + datagram.length;
    if (datagram.length > limits.maxReplyBytes) this.#home.onDropped(this.client, 'SLUICE_DATAGRAM_TOO_LARGE');
    else if (
      this.replies >= this.requests * limits.maxRepliesPerRequest ||
      replyBytes > this.requestBytes * limits.maxReplyByteRatio
    )
      this.#home.onDropped(this.client, 'SLUICE_REPLY_LIMIT');
    else {
      this.replies++;
      this.replyBytes = replyBytes;
      this.#sinceMs = this.#home.nowMs();
      if (!this.port.reply(datagram, this.client.remotePort, this.replyAddress))
        this.#home.onDropped(this.client, 'SLUICE_DATAGRAM_QUEUE_FULL');
      if (this.replies >= this.requests * repliesPerRequest) this.#end('answered');
    }
  }

  onRequestLost(code: 'SLUICE_DATAGRAM_QUEUE_FULL' | 'SLUICE_DATAGRAM_UNSENT'): void {
    this.#home.onDropped(this.client, code);
  }

  /** Nothing came of the last request: another endpoint may get it, if it has reached none. */
  onFlowFailed({ error, endpoint, isEndpointsFault, hasReplied, unanswered }: FlowFailure): void {
    this.#flow = undefined;
    this.#leaveUpstream();
    this.#home.onEndpointFailed(this, endpoint, error);
    if (hasReplied) this.#attempts.succeed();
    if (isEndpointsFault) this.#attempts.fail(endpoint, error);
    const mayRetry = error.retry === 'safe' && this.#attempts.count < this.#home.options.maxAttempts;
    if (unanswered === undefined || !mayRetry || this.#upstream === undefined) {
      this.#end('failed', error);
      return;
    }
    if (this.#pending === undefined) {
      this.#pending = new PendingRequests(unanswered);
      this.#sinceMs = this.#home.nowMs();
    }
    this.#connect(this.#upstream, unanswered).catch((reason: unknown) => this.#fail(reason));
  }

  /** Ends it, because its endpoint is lost or the proxy closes. */
  cut(error: ProxyError): void {
    this.#end('cut', error);
  }

  /** Cuts it when some time is over, unless it has ended by then. */
  cutWithin(ms: number, error: ProxyError): void {
    this.#cutAtMs = Math.min(this.#cutAtMs, this.#home.nowMs() + ms);
    this.#cutError = error;
  }

  /** Ends it when its time is over. */
  sweep(nowMs: number): void {
    const { idleMs, replyMs } = this.#home.options.timeouts;
    const isIdle = nowMs - this.#sinceMs >= idleMs;
    if (nowMs >= this.#cutAtMs) this.#end('cut', this.#cutError);
    else if (isIdle && this.#pending !== undefined)
      this.#fail(l4Error('SLUICE_ESTABLISH_TIMEOUT', `no endpoint within ${idleMs} ms`));
    else if (this.#flow?.isSilent(nowMs, replyMs) === true)
      this.#flow.fail(l4Error('SLUICE_REPLY_TIMEOUT', `no reply from ${this.endpoint?.id} within ${replyMs} ms`));
    else if (isIdle) this.#end('idle');
  }

  #count({ length }: Buffer): void {
    this.requests++;
    this.requestBytes += length;
    if (this.requests === this.#home.options.requestsPerSession) this.#home.onFull(this);
  }

  async #connect(upstream: Upstream, first: Buffer): Promise<void> {
    // 3. An endpoint that has not failed this session.
    this.#attempts.begin();
    const acquired = this.#acquire(upstream, first);
    const lease = acquired instanceof Promise ? await acquired : acquired;
    // 4. Its address, which has to be looked up when it is a name.
    const { endpoint } = lease;
    this.#lease = lease;
    const known = this.#home.known.find(endpoint.address as DatagramAddress);
    try {
      const resolved = known.resolve();
      const ip = resolved instanceof Promise ? await resolved : resolved;
      if (this.#isOver) lease.release(outcomeCancelled);
      else this.#join(upstream, lease, known, ip);
    } catch (cause) {
      if (isProxyError(cause)) throw cause;
      const error = l4Error('SLUICE_CONNECT_FAILED', `no address for ${endpoint.address.href}`, { cause });
      lease.release({ result: 'failed', error });
      if (!this.#isOver)
        this.onFlowFailed({ error, endpoint, isEndpointsFault: true, hasReplied: false, unanswered: first });
    }
  }

  #acquire(upstream: Upstream, first: Buffer): Lease | Promise<Lease> {
    const { hashKey } = this.#home.options;
    const key = hashKey === undefined ? this.client.remoteAddress : hashKey(this.client, first);
    return upstream.acquire({ key, accept: this.#attempts.accept }, this.#home.cancellation);
  }

  #join(upstream: Upstream, lease: Lease, known: KnownEndpoint, ip: IpAddress): void {
    const { options, nowMs, connect } = this.#home;
    const { port } = lease.endpoint.address as DatagramAddress;
    const { clock, headerOnEach, limits } = options;
    const header = options.formatHeader?.(this.client);
    const { maxQueuedBytes } = limits;
    const parts = { lease, known, ip, port, header, headerOnEach, maxQueuedBytes, clock, nowMs, connect };
    let flow: EndpointFlow;
    try {
      flow = new EndpointFlow(parts, this);
    } catch (cause) {
      lease.release(outcomeCancelled);
      throw l4Error('SLUICE_SOCKET_FAILED', 'the system has no socket or no port left', { cause });
    }
    const pending = this.#pending?.datagrams ?? [];
    this.#pending = undefined;
    this.#lease = undefined;
    this.#flow = flow;
    this.#home.onConnected(this, lease.endpoint, upstream);
    for (const datagram of pending) flow.send(datagram);
  }

  #fail(reason: unknown): void {
    const error = isProxyError(reason)
      ? reason
      : l4Error('SLUICE_ROUTE_FAILED', 'a route or a hash key threw', { cause: reason });
    // When every endpoint that is left has failed this session, the last failure says more than "none".
    const last = error.code === 'SLUICE_NO_ENDPOINT' ? this.#attempts.lastFailure : undefined;
    this.#end('failed', last ?? error);
  }

  #end(ended: UdpSessionEnd, error?: ProxyError): void {
    if (this.#isOver) return;
    this.#isOver = true;
    // 7. Not before nobody finds the session any more: a lease that is released may end others.
    this.#leaveUpstream();
    this.#home.onEnded(this, ended, error);
    for (let count = this.#pending?.datagrams.length ?? 0; count > 0; count--)
      this.#home.onDropped(this.client, error?.code ?? 'SLUICE_SHUTTING_DOWN');
    this.#flow?.close();
    this.#lease?.release(outcomeCancelled);
    // What still refers to the session, such as the past of a hash table, shall not keep the rest.
    this.#flow = undefined;
    this.#pending = undefined;
  }

  #leaveUpstream(): void {
    if (this.#upstream !== undefined) this.#home.onDisconnected(this, this.#upstream);
  }
}
