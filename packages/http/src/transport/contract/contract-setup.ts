// What each case of the transport contract works with: an origin, the transport, and a short way to send a request.
import { createAbortScope, parseEndpointAddress, type Endpoint } from '@sluice/core';
import { emptyBody } from '../../body/body.ts';
import { createHeaderList } from '../../headers/header-list.ts';
import type { ProxyResponse } from '../../response/response.ts';
import type { OutgoingRequest, Transport } from '../transport.ts';
import { CollectingSink } from './collecting-sink.ts';
import { RawOrigin, type OriginConnection } from './raw-origin.ts';

/** One case of the contract. */
export interface TransportCase {
  readonly title: string;
  readonly run: (setup: ContractSetup) => Promise<void>;
}

const generous = 20_000;

/** An origin and a transport that knows it. */
export class ContractSetup {
  readonly origin: RawOrigin = new RawOrigin();
  readonly transport: Transport;

  constructor(transport: Transport) {
    this.transport = transport;
  }

  /** The origin as an endpoint. With `https`, it never answers the handshake: it speaks no TLS. */
  readonly endpoint = (scheme: 'http' | 'https' = 'http'): Endpoint => {
    const href = `${scheme}://127.0.0.1:${this.origin.port}`;
    return {
      id: href,
      address: parseEndpointAddress(href),
      weight: 1,
      currentWeight: 1,
      backup: false,
      priority: 0,
      zone: undefined,
      region: undefined,
      down: false,
      maxInFlight: Infinity,
      metadata: {},
      inFlight: 0,
      available: true,
      state: 'available',
    };
  };

  /** Sends a request: `GET /` unless told otherwise. */
  readonly send = (
    parts: Partial<OutgoingRequest> = {},
    timeouts: Partial<OutgoingRequest['timeouts']> = {},
  ): Promise<ProxyResponse> => {
    const sent = this.transport.send({
      endpoint: this.endpoint(),
      method: 'GET',
      target: '/',
      headers: createHeaderList(['Host', 'a.example']),
      body: emptyBody,
      expectContinue: false,
      upgrade: undefined,
      mayResend: true,
      scope: createAbortScope(),
      timeouts: {
        connectMs: generous,
        responseHeadMs: generous,
        requestBodyIdleMs: generous,
        responseBodyIdleMs: generous,
        ...timeouts,
      },
      ...parts,
    });
    sent.catch(() => {});
    return sent;
  };

  /** Sends a request, lets the origin answer it with these bytes, and reads the answer. A kept connection is ready for the next request then. */
  readonly exchange = async (
    answer: string,
    parts: Partial<OutgoingRequest> = {},
  ): Promise<[ProxyResponse, CollectingSink]> => {
    const sent = this.send(parts);
    const connection = await this.origin.accept();
    await connection.nextHead();
    connection.send(answer);
    const response = await sent;
    const sink = collect(response);
    await sink.done;
    await nextTurn();
    return [response, sink];
  };

  /** The same, on a connection that is open already. */
  readonly exchangeOn = async (
    connection: OriginConnection,
    answer: string,
    parts: Partial<OutgoingRequest> = {},
  ): Promise<string> => {
    const sent = this.send(parts);
    await connection.nextHead();
    connection.send(answer);
    const sink = collect(await sent);
    await sink.done;
    await nextTurn();
    return sink.text;
  };
}

/** Starts to read a body. */
export function collect({ body }: ProxyResponse, sink: CollectingSink = new CollectingSink()): CollectingSink {
  body.pipe(sink);
  return sink;
}

/** Resolves after a full turn of the event loop: what was written on loopback has arrived then. */
export async function nextTurn(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => void setImmediate(resolve));
}
