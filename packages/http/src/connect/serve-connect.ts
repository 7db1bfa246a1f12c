// Where CONNECT goes: past the list of targets, then on to an endpoint that is a proxy itself, or to the target.
import type { TcpAddress } from '@sluice/core';
import { isIP } from 'node:net';
import { emptyBody } from '../body/body.ts';
import { settle, type ExchangeReceiver } from '../exchange-receiver.ts';
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

/** The last station of CONNECT. It throws what it refuses. The list is asked here, behind all middleware, so that none can lead past it. */
export function connect(exchange: ProxyExchange, station: ConnectStation, receiver: ExchangeReceiver): void {
  const { request } = exchange;
  const target = parseConnectTarget(request.target);
  if (target === undefined) throw connectTargetInvalid();
  if (!station.rules.allow(target)) throw connectDenied(target.href);
  // They were for this proxy; middleware has seen them (RFC 9110 section 11.7.2).
  request.headers.delete('proxy-authorization');
  if (station.direct === undefined) station.forward(exchange, receiver);
  else settle(dialTarget(exchange, target, station.direct, station.connectTimeoutMs), exchange, receiver);
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
  return (exchange, receiver) =>
    handler(exchange, exchange.request.method === 'CONNECT' ? tunnelReceiver(receiver) : receiver);
}

function tunnelReceiver(receiver: ExchangeReceiver): ExchangeReceiver {
  return {
    onResponse(exchange, response) {
      const { status, tunnel, body } = response;
      if (tunnel !== undefined || status < 200 || status > 299) {
        receiver.onResponse(exchange, response);
        return;
      }
      body.cancel(undefined);
      receiver.onError(exchange, connectUntunnelled(status));
    },
    onError: (exchange, error) => receiver.onError(exchange, error),
  };
}
