// The listener on node:http: its limits, and the refusals node makes before there is a request.
import type { ProxyError } from '@sluice/core';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { ClientConnection } from '@sluice/l4';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { plainErrorAnswer } from '../error-answer.ts';
import { httpError } from '../errors.ts';
import type { ExchangeRunner } from '../exchange-runner.ts';
import type { PhaseTimeouts } from './connection-deadline.ts';
import { DateText } from './date-text.ts';
import { Entrance } from './entrance.ts';
import { ListenerCounters } from './listener-counters.ts';
import { openListener, type Listening, type ResolvedListenOptions } from './listener.ts';
import { NodeFront, type NodeFrontOptions } from './node-front.ts';

/** Opens a listener on node:http. Rejects with node's error when the address can not be had. */
export function listenNode(
  runner: ExchangeRunner,
  listen: ResolvedListenOptions,
  timeouts: PhaseTimeouts,
  options: NodeFrontOptions,
): Promise<Listening> {
  const server = createNodeServer(listen, timeouts);
  const counters = new ListenerCounters();
  const clients = new WeakMap<Duplex, ClientConnection>();
  const front = new NodeFront(runner, {
    ...options,
    onRefused: (error) => counters.refuse(error),
    clientOf: (socket) => clients.get(socket),
  });
  const date = new DateText(options.clock);
  const refuse = (error: ProxyError): string => {
    counters.refuse(error);
    return plainErrorAnswer(error, date.now());
  };
  const responses = new WeakMap<Duplex, ServerResponse[]>();
  const serve = (req: IncomingMessage, res: ServerResponse, ownsContinue: boolean): void => {
    noteResponse(responses, req.socket, res);
    void front.serve(req, res, ownsContinue);
  };
  server.on('request', (req, res) => serve(req, res, false));
  server.on('checkContinue', (req, res) => serve(req, res, true));
  server.on('checkExpectation', (req, res) => serve(req, res, false));
  const leaveHttp = (req: IncomingMessage, socket: Duplex, head: Buffer): void =>
    void front.leaveHttp(req, socket, head);
  server.on('upgrade', leaveHttp).on('connect', leaveHttp);
  server.on('clientError', (error, socket) => {
    const refusal = clientError(error, socket, responses.get(socket) ?? []);
    // At once: exchanges of this connection end with it.
    if (refusal !== undefined) socket.on('error', () => {}).end(refuse(refusal), () => socket.destroy());
  });
  const entrance = new Entrance(listen.preludes, (error) => counters.refuse(error));
  if (!entrance.isOpen) leadThrough(entrance, server, clients);
  server.on('connection', (socket) => {
    counters.connectionsOpen++;
    counters.connectionsAccepted++;
    socket.once('close', () => counters.connectionsOpen--);
  });
  server.on('drop', () => void counters.connectionsRefused++);
  return openListener(server, listen, entrance, {
    closeIdle: () => server.closeIdleConnections(),
    closeAll: () => {
      server.closeAllConnections();
      front.lastWords.cutAll();
    },
    stats: () => counters.stats(),
  });
}

/** Lets a server have its connections only when they have passed the entrance. */
function leadThrough(entrance: Entrance, server: Server, clients: WeakMap<Duplex, ClientConnection>): void {
  const serveHttp = server.listeners('connection') as ((this: Server, socket: Socket) => void)[];
  server.removeAllListeners('connection').on('connection', (accepted) => {
    void entrance.pass(accepted, (socket, client) => {
      clients.set(socket, client);
      for (const serve of serveHttp) serve.call(server, socket);
    });
  });
}

function createNodeServer(listen: ResolvedListenOptions, timeouts: PhaseTimeouts): Server {
  const { maxHeadBytes, maxConnections, maxRequestsPerConnection } = listen.limits;
  const options = {
    headersTimeout: timeouts.requestHeadMs,
    // A body is limited by its pauses, not by its length in time: uploads may be long.
    requestTimeout: 0,
    keepAliveTimeout: timeouts.keepAliveMs,
    maxHeaderSize: maxHeadBytes,
    // A request without Host is refused by us, in our words.
    requireHostHeader: false,
    connectionsCheckingInterval: Math.max(100, Math.min(timeouts.requestHeadMs, 30_000) / 4),
    noDelay: true,
  };
  const server = createServer(options);
  // No limit is 0 here. Node would drop field lines over a limit without a word; `maxHeadBytes` limits them.
  server.maxHeadersCount = 0;
  server.maxRequestsPerSocket = Number.isFinite(maxRequestsPerConnection) ? maxRequestsPerConnection : 0;
  if (Number.isFinite(maxConnections)) server.maxConnections = maxConnections;
  return server;
}

function noteResponse(responses: WeakMap<Duplex, ServerResponse[]>, socket: Duplex, res: ServerResponse): void {
  const open = responses.get(socket)?.filter((earlier) => !earlier.writableFinished) ?? [];
  open.push(res);
  responses.set(socket, open);
}

/**
 * What node's parser refused, as one of our errors. None when there is nobody to tell: bytes of ours in the middle of a response would be read as part
 * of it.
 */
function clientError(
  cause: Error & { code?: string },
  socket: Duplex,
  responses: readonly ServerResponse[],
): ProxyError | undefined {
  // Bytes behind a request that was to be the last: its answer is still to come, and the connection closes behind it (RFC 9112 section 9.6).
  if (cause.code === 'HPE_CLOSED_CONNECTION' && responses.some((res) => !res.writableFinished)) return undefined;
  const underWay = responses.some((res) => res.headersSent && !res.writableFinished);
  if (!socket.writable || cause.code === 'ECONNRESET' || underWay) {
    socket.destroy();
    return undefined;
  }
  if (cause.code === 'HPE_HEADER_OVERFLOW')
    return httpError('SLUICE_HEADERS_TOO_LARGE', 'the head of a request is too large', { cause });
  if (cause.code === 'ERR_HTTP_REQUEST_TIMEOUT')
    return httpError('SLUICE_REQUEST_TIMEOUT', 'the head of a request took too long', { cause });
  return httpError('SLUICE_FRAMING_INVALID', 'node can not parse a request', { cause });
}
