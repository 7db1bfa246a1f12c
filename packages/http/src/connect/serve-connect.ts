// Where CONNECT goes: past the list of targets, then on to an endpoint that is a proxy itself, or to the target.
import type { TcpAddress } from '@sluice/core';
import { isIP } from 'node:net';
import { emptyBody } from '../body/body.ts';
import type { ProxyExchange } from '../exchange.ts';
import { createHeaderList } from '../headers/header-list.ts';
import type { Handler } from '../middleware.ts';
import type { ProxyResponse } from '../response/response.ts';
import type { DirectDialers, ResolvedConnect } from './connect-options.ts';
import { connectDenied, connectTargetInvalid, connectUntunnelled } from './connect-refusals.ts';
import { parseConnectTarget } from './connect-target.ts';

/** What serving CONNECT takes. */
export interface ConnectStation extends ResolvedConnect {
  readonly connectTimeoutMs: number;
  /** Sends the exchange to its upstream. */
  readonly forward: Handler;
}

/** The last station of CONNECT. The list is asked here, behind all middleware, so that none can lead past it. */
export async function connect(exchange: ProxyExchange, station: ConnectStation): Promise<ProxyResponse> {
  const { request } = exchange;
  const target = parseConnectTarget(request.target);
  if (target === undefined) throw connectTargetInvalid();
  if (!station.rules.allow(target)) throw connectDenied(target.href);
  // They were for this proxy; middleware has seen them (RFC 9110 section 11.7.2).
  request.headers.delete('proxy-authorization');
  if (station.direct === undefined) return station.forward(exchange);
  return dialTarget(exchange, target, station.direct, station.connectTimeoutMs);
}

async function dialTarget(
  exchange: ProxyExchange,
  address: TcpAddress,
  { forNames, forAddresses }: DirectDialers,
  connectTimeoutMs: number,
): Promise<ProxyResponse> {
  const dialer = isIP(address.host) === 0 ? forNames : forAddresses;
  const socket = await dialer.dial({ address, cancellation: exchange.scope, connectTimeoutMs });
  exchange.borrow({ cancel: () => void socket.destroy() });
  return {
    status: 200,
    statusText: 'Connection Established',
    headers: createHeaderList(),
    body: emptyBody,
    tunnel: { socket, head: Buffer.alloc(0) },
  };
}

/** Makes sure that a success is a tunnel, whoever answers. */
export function withTunnels(handler: Handler): Handler {
  return (exchange) => (exchange.request.method === 'CONNECT' ? tunnelled(exchange, handler) : handler(exchange));
}

async function tunnelled(exchange: ProxyExchange, handler: Handler): Promise<ProxyResponse> {
  const response = await handler(exchange);
  const { status, tunnel, body } = response;
  if (tunnel !== undefined || status < 200 || status > 299) return response;
  body.cancel(undefined);
  throw connectUntunnelled(status);
}
