// Reads a node:http request into an exchange's request. Never touches req.headers: its getter builds an object and joins duplicates.
import type { ProxyError } from '@sluice/core';
import { describeTlsSession, hasLeft, type ClientConnection, type TlsSession } from '@sluice/l4';
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { TLSSocket } from 'node:tls';
import { emptyBody, type Body } from '../body/body.ts';
import { streamBody } from '../body/stream-body.ts';
import { httpError } from '../errors.ts';
import { toProxyError } from '../error-answer.ts';
import type { ExchangeInit, ExchangeRequest } from '../exchange.ts';
import type { ConnectionInfo } from '../headers/client-resolver.ts';
import { identifiedConnection } from './identified-connection.ts';
import { createHeaderList, type HeaderList } from '../headers/header-list.ts';
import { parsedBody } from './parsed-body.ts';

/** What the server, not the message, says about a request. */
export interface NodeRequestFacts {
  /** Whether `100 Continue` is ours to send: the server has a `checkContinue` listener and has not sent it. */
  readonly ownsContinue: boolean;
  /** The value of `Upgrade` when the server handed over the socket and the protocol may be tunnelled. */
  readonly upgrade: string | undefined;
  /** Whether node has taken its parser off the socket, because of `Upgrade` or CONNECT: there is nobody to read a body then. */
  readonly detached: boolean;
}

/** What the application, not the message, says about a request. */
export interface HandedOver {
  readonly target: string;
  /** What a body parser has made of the body. */
  readonly parsedBody: unknown;
}

/** Makes the exchange's request, with the fault that makes it unusable, if there is one. */
export function readNodeRequest(
  req: IncomingMessage,
  facts: NodeRequestFacts,
  { target, parsedBody: parsed }: HandedOver,
): Pick<ExchangeInit, 'request' | 'fault'> {
  const headers = createHeaderList(req.rawHeaders);
  const { ownsContinue, upgrade, detached } = facts;
  let body = emptyBody;
  let fault: ProxyError | undefined;
  try {
    body = readBody(req, headers, detached, parsed);
  } catch (error) {
    fault = toProxyError(error);
  }
  const request: ExchangeRequest = {
    method: req.method ?? '',
    target,
    version: req.httpVersion === '1.0' ? '1.0' : '1.1',
    headers,
    body,
    expectContinue: ownsContinue && body.size !== 0 && expectsContinue(headers),
    upgrade,
  };
  return { request, fault };
}

/** Whether the client asked for 100 Continue (RFC 9110 section 10.1.1). */
function expectsContinue(headers: HeaderList): boolean {
  return headers.get('expect')?.toLowerCase() === '100-continue';
}

/** What the connection says about a request. @param client - What is known of it, if it came through a listener of ours. */
export function nodeConnection(socket: Socket, client: ClientConnection | undefined): ConnectionInfo {
  return client === undefined ? new NodeConnection(socket) : identifiedConnection(client);
}

class NodeConnection implements ConnectionInfo {
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly localPort: number;
  readonly secure: boolean;
  readonly #socket: Socket;

  constructor(socket: Socket) {
    this.#socket = socket;
    // An empty one would be that of a Unix socket, which may be trusted.
    this.remoteAddress = socket.remoteAddress ?? (hasLeft(socket) ? 'unknown' : '');
    this.remotePort = socket.remotePort ?? 0;
    this.localPort = socket.localPort ?? 0;
    this.secure = 'encrypted' in socket;
  }

  // Asked for when it is wanted: node hands over the socket again with each request.
  get tls(): TlsSession | undefined {
    return this.#socket instanceof TLSSocket ? describeTlsSession(this.#socket) : undefined;
  }
}

function readBody(req: IncomingMessage, headers: HeaderList, detached: boolean, parsed: unknown): Body {
  const length = headers.get('content-length');
  const declared = length === undefined ? undefined : Number(length);
  if (declared === 0 || (declared === undefined && !headers.has('transfer-encoding'))) return emptyBody;
  if (detached) throw httpError('SLUICE_FRAMING_INVALID', 'a body together with Upgrade or CONNECT');
  if (req.readableDidRead) return parsedBody(parsed, headers);
  return streamBody(req, {
    size: declared,
    trailers: () => trailersOf(req),
    discard: drainRequest,
    toError: clientAborted,
  });
}

function trailersOf(req: IncomingMessage): HeaderList | undefined {
  return req.rawTrailers.length > 0 ? createHeaderList(req.rawTrailers) : undefined;
}

/** Reads the rest of a body that nobody wants, so that the answer reaches a client that is still sending. */
function drainRequest(req: Readable): void {
  req.resume();
}

function clientAborted(cause: unknown): ProxyError {
  return httpError('SLUICE_CLIENT_ABORTED', 'the client closed the connection before its request was complete', {
    cause,
  });
}
