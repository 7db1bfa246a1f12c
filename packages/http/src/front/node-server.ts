// The listener on node:http: its limits, and the refusals node makes before there is a request.
import type { ProxyError } from '@sluice/core';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { Duplex } from 'node:stream';
import { plainErrorAnswer } from '../error-answer.ts';
import { httpError } from '../errors.ts';
import type { PhaseTimeouts } from './connection-deadline.ts';
import { ListenerCounters } from './listener-counters.ts';
import { openListener, type Listening, type ResolvedListenOptions } from './listener.ts';
import type { NodeFront } from './node-front.ts';

/** Opens a listener whose requests and upgrades go to `front`. Rejects with node's error when the address can not be had. */
export function listenNode(
  front: NodeFront,
  listen: ResolvedListenOptions,
  timeouts: PhaseTimeouts,
): Promise<Listening> {
  const { maxHeadBytes, maxConnections, maxRequestsPerConnection } = listen.limits;
  const options = {
    headersTimeout: timeouts.requestHeadMs,
    // A body is limited by its pauses, not by its length in time: uploads may be long.
    requestTimeout: 0,
    keepAliveTimeout: timeouts.keepAliveMs,
    maxHeaderSize: maxHeadBytes,
    connectionsCheckingInterval: Math.max(100, Math.min(timeouts.requestHeadMs, 30_000) / 4),
    noDelay: true,
  };
  const server =
    listen.tls === undefined
      ? createServer(options)
      : createTlsServer({ handshakeTimeout: timeouts.requestHeadMs, ...listen.tls, ...options });
  // No limit is 0 here.
  server.maxRequestsPerSocket = Number.isFinite(maxRequestsPerConnection) ? maxRequestsPerConnection : 0;
  if (Number.isFinite(maxConnections)) server.maxConnections = maxConnections;
  const counters = new ListenerCounters();
  const responses = new WeakMap<Duplex, ServerResponse[]>();
  const serve = (req: IncomingMessage, res: ServerResponse, ownsContinue: boolean): void => {
    noteResponse(responses, req.socket, res);
    void front.serve(req, res, ownsContinue);
  };
  server.on('request', (req, res) => serve(req, res, false));
  server.on('checkContinue', (req, res) => serve(req, res, true));
  server.on('checkExpectation', (req, res) => serve(req, res, false));
  server.on('upgrade', (req, socket, head) => void front.upgrade(req, socket, head));
  server.on('connect', (_req, socket) => refuseConnect(socket, counters));
  server.on('clientError', (error, socket) => answerClientError(error, socket, responses.get(socket) ?? [], counters));
  let open = 0;
  server.on('connection', (socket) => {
    counters.connectionsAccepted++;
    open++;
    socket.once('close', () => open--);
  });
  server.on('drop', () => void counters.connectionsRefused++);
  return openListener(server, listen, {
    closeIdle: () => server.closeIdleConnections(),
    closeAll: () => server.closeAllConnections(),
    stats: () => counters.stats(open),
  });
}

/** A reverse proxy is not a way out: CONNECT would make it one. */
function refuseConnect(socket: Duplex, counters: ListenerCounters): void {
  const error = httpError('SLUICE_CONNECT_DISABLED', 'CONNECT is not served');
  counters.refuse(error.code);
  socket.on('error', () => {});
  socket.end(plainErrorAnswer(error));
}

function noteResponse(responses: WeakMap<Duplex, ServerResponse[]>, socket: Duplex, res: ServerResponse): void {
  const open = responses.get(socket)?.filter((earlier) => !earlier.writableFinished) ?? [];
  open.push(res);
  responses.set(socket, open);
}

/** Answers what node's parser refused, unless a response is under way: bytes of ours in the middle of it would be read as part of it. */
function answerClientError(
  error: Error & { code?: string },
  socket: Duplex,
  responses: readonly ServerResponse[],
  counters: ListenerCounters,
): void {
  // Bytes behind a request that was to be the last: its answer is still to come, and the connection closes behind it (RFC 9112 section 9.6).
  if (error.code === 'HPE_CLOSED_CONNECTION' && responses.some((res) => !res.writableFinished)) return;
  const underWay = responses.some((res) => res.headersSent && !res.writableFinished);
  if (!socket.writable || error.code === 'ECONNRESET' || underWay) {
    socket.destroy();
    return;
  }
  const refusal = clientError(error);
  counters.refuse(refusal.code);
  socket.on('error', () => {});
  socket.end(plainErrorAnswer(refusal), () => socket.destroy());
}

/** What node's parser refuses, as one of our errors. */
function clientError(cause: Error & { code?: string }): ProxyError {
  if (cause.code === 'HPE_HEADER_OVERFLOW')
    return httpError('SLUICE_HEADERS_TOO_LARGE', 'the head of a request is too large', { cause });
  if (cause.code === 'ERR_HTTP_REQUEST_TIMEOUT')
    return httpError('SLUICE_REQUEST_TIMEOUT', 'the head of a request took too long', { cause });
  return httpError('SLUICE_FRAMING_INVALID', 'node can not parse a request', { cause });
}
