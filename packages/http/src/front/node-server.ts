// The proxy's own listener on node:http: limits, refusals node makes before there is a request, and an orderly end.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import type { NodeFront } from './node-front.ts';

/** Where to listen: a TCP port (0: any free one) with an optional host, or the path of a Unix socket. */
export interface ListenOptions {
  /** @defaultValue 0 */
  readonly port?: number;
  /** @defaultValue `'127.0.0.1'`: reachable from this machine only, until you say otherwise */
  readonly host?: string;
  /** Path of a Unix socket, instead of `port` and `host`. */
  readonly path?: string;
}

/** Limits of the listener. */
export interface ServerLimits {
  /** The most time for a request's head, from its first byte, in milliseconds. */
  readonly requestHeadMs: number;
  /** How long a connection may wait for its next request, in milliseconds. */
  readonly keepAliveMs: number;
}

/** The most bytes of a request's head: what nginx takes by default (four buffers of 8 KiB). */
const maxHeadBytes = 32 * 1024;

/** A listener that is up. */
export interface Listening {
  /** Where it can be reached: `http://127.0.0.1:8080`, or `unix:/path`. */
  readonly url: string;
  /** The port, or 0 for a Unix socket. */
  readonly port: number;
  /** Stops listening and closes connections that wait for a request. Resolves when the last connection is closed. */
  close(): Promise<void>;
  /** Closes every connection that speaks HTTP, whatever it is doing. Tunnels end with their exchange. */
  closeAllConnections(): void;
}

/** Opens a listener whose requests and upgrades go to `front`. Rejects with node's error when the address can not be had. */
export function listenNode(front: NodeFront, listen: ListenOptions, limits: ServerLimits): Promise<Listening> {
  const server = createServer({
    headersTimeout: limits.requestHeadMs,
    // A body is limited by its pauses, not by its length in time: uploads may be long.
    requestTimeout: 0,
    keepAliveTimeout: limits.keepAliveMs,
    maxHeaderSize: maxHeadBytes,
    connectionsCheckingInterval: Math.max(100, Math.min(limits.requestHeadMs, 30_000) / 4),
    noDelay: true,
  });
  const responses = new WeakMap<Duplex, ServerResponse[]>();
  const serve = (req: IncomingMessage, res: ServerResponse, ownsContinue: boolean): void => {
    noteResponse(responses, req.socket, res);
    void front.serve(req, res, ownsContinue);
  };
  server.on('request', (req, res) => serve(req, res, false));
  server.on('checkContinue', (req, res) => serve(req, res, true));
  server.on('checkExpectation', (req, res) => serve(req, res, false));
  server.on('upgrade', (req, socket, head) => void front.upgrade(req, socket, head));
  server.on('connect', refuseConnect);
  server.on('clientError', (error, socket) => answerClientError(error, socket, responses.get(socket) ?? []));
  return opened(server, listen).then(() => listeningOn(server, listen));
}

function opened(server: Server, { port = 0, host = '127.0.0.1', path }: ListenOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(path === undefined ? { port, host } : { path }, () => {
      server.off('error', reject);
      // After it is up, an accept can still fail (out of descriptors): node goes on, and so do we.
      server.on('error', () => {});
      resolve();
    });
  });
}

function listeningOn(server: Server, { path }: ListenOptions): Listening {
  const { address = '', family = '', port = 0 } = path === undefined ? (server.address() as AddressInfo) : {};
  const host = family === 'IPv6' ? `[${address}]` : address;
  let closed: Promise<void> | undefined;
  return {
    url: path === undefined ? `http://${host}:${port}` : `unix:${path}`,
    port,
    close() {
      closed ??= new Promise((resolve) => {
        server.close(() => resolve());
        server.closeIdleConnections();
      });
      return closed;
    },
    closeAllConnections: () => server.closeAllConnections(),
  };
}

/** A reverse proxy is not a way out: CONNECT would make it one. */
function refuseConnect(_req: IncomingMessage, socket: Duplex): void {
  socket.on('error', () => {});
  socket.end(plainAnswer('405 Method Not Allowed', 'Allow: GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS\r\n'));
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
): void {
  // Bytes behind a request that was to be the last: its answer is still to come, and the connection closes behind it (RFC 9112 section 9.6).
  if (error.code === 'HPE_CLOSED_CONNECTION' && responses.some((res) => !res.writableFinished)) return;
  const underWay = responses.some((res) => res.headersSent && !res.writableFinished);
  if (!socket.writable || error.code === 'ECONNRESET' || underWay) {
    socket.destroy();
    return;
  }
  socket.on('error', () => {});
  socket.end(plainAnswer(describeClientError(error.code), ''), () => socket.destroy());
}

/** What node's parser refuses, in our words. */
function describeClientError(code: string | undefined): string {
  if (code === 'HPE_HEADER_OVERFLOW') return '431 Request Header Fields Too Large: SLUICE_HEADERS_TOO_LARGE';
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return '408 Request Timeout: SLUICE_REQUEST_TIMEOUT';
  return '400 Bad Request: SLUICE_FRAMING_INVALID';
}

/** An answer on a connection that has no request to answer, and no future. */
function plainAnswer(line: string, fields: string): string {
  const [status = line] = line.split(':', 1);
  const head = `HTTP/1.1 ${status}\r\nConnection: close\r\n${fields}Content-Type: text/plain; charset=utf-8\r\n`;
  return `${head}Content-Length: ${line.length + 1}\r\n\r\n${line}\n`;
}
