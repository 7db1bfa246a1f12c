// What a session needs of its surroundings: the proxy with its options, and the port that its client sends to.
import type { Cancellation, Endpoint, ProxyError, Upstream, Listed } from '@sluice/core';
import type { EndpointSession } from '../tcp/endpoint-sessions.ts';
import type { ConnectEndpoint } from './datagram-socket.ts';
import type { KnownEndpoints } from './known-endpoints.ts';
import type { UdpClient } from './udp-client.ts';
import type { UdpTraffic } from './udp-counters.ts';
import type { UdpSessionEnd } from './udp-events.ts';
import type { ResolvedUdpProxyOptions } from './udp-proxy-options.ts';

/** What sessions need of their proxy. */
export interface UdpSessionHome {
  readonly options: ResolvedUdpProxyOptions;
  readonly known: KnownEndpoints;
  readonly connect: ConnectEndpoint;
  /** Comes when the proxy closes. */
  readonly cancellation: Cancellation;
  /** A coarse clock, never too early. */
  readonly nowMs: () => number;
  readonly onDropped: (client: UdpClient, code: string) => void;
  /** The session has had its number of requests. */
  readonly onFull: (session: OpenUdpSession) => void;
  readonly onConnected: (session: OpenUdpSession, endpoint: Endpoint, upstream: Upstream) => void;
  readonly onDisconnected: (session: OpenUdpSession, upstream: Upstream) => void;
  readonly onEndpointFailed: (session: OpenUdpSession, endpoint: Endpoint, error: ProxyError) => void;
  readonly onEnded: (session: OpenUdpSession, ended: UdpSessionEnd, error: ProxyError | undefined) => void;
}

/** A socket of the proxy that clients send to. */
export interface ListeningPort {
  readonly localAddress: string;
  readonly localPort: number;
  /** Its number among the proxy's, from 0. */
  readonly index: number;
  /** Sends, unless too much waits in the socket already. @returns whether it did */
  reply(datagram: Buffer, port: number, address: string): boolean;
}

/** A session, as its proxy sees it. */
export interface OpenUdpSession extends UdpTraffic, EndpointSession, Listed {
  readonly client: UdpClient;
  /** Where its requests come in and its replies go out. */
  readonly port: ListeningPort;
  /** The client's address as that socket has it: IPv4 may be mapped. */
  readonly replyAddress: string;
  readonly openedMs: number;
  /** Ends it when its time is over. */
  sweep(nowMs: number): void;
}
