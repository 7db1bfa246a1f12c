// Reads requests with node:http, which is llhttp in its strict mode, over a stream in memory.
import { createServer, type IncomingMessage } from 'node:http';
import { Duplex } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { isForbiddenTrailer } from '../../packages/http/src/wire/trailer-fields.ts';
import type { Ending, Reading, SeenMessage } from './reading.ts';

/** One end of a connection in memory; what is written to it is lost. */
class Loopback extends Duplex {
  readonly requests: { readonly request: IncomingMessage; body: string }[] = [];
  /** The first fault of the parser. */
  fault: (Error & { code?: string; reason?: string }) | undefined;

  override _read(): void {}

  override _write(_chunk: unknown, _encoding: string, done: () => void): void {
    done();
  }
}

const server = createServer({ requireHostHeader: false, insecureHTTPParser: false, maxHeaderSize: 1 << 20 });
server.requestTimeout = 0;
server.headersTimeout = 0;
server.keepAliveTimeout = 0;
const take = (request: IncomingMessage): void => {
  const entry = { request, body: '' };
  (request.socket as unknown as Loopback).requests.push(entry);
  request.on('data', (chunk: Buffer) => (entry.body += chunk.toString('latin1'))).on('error', () => {});
};
// Requests are never answered: node reads those behind them all the same.
server.on('request', take).on('checkContinue', take).on('checkExpectation', take);
server.on('connect', (request: IncomingMessage) => take(request));
server.on('clientError', (error: Error, socket) => ((socket as unknown as Loopback).fault ??= error));

function seen({ request, body }: Loopback['requests'][number]): SeenMessage {
  const trailers: string[] = [];
  for (let at = 0; at < request.rawTrailers.length; at += 2) {
    const name = request.rawTrailers[at] ?? '';
    // The reader under test drops these; that they are dropped is compared here, and tested elsewhere.
    if (!isForbiddenTrailer(name)) trailers.push(name, request.rawTrailers[at + 1] ?? '');
  }
  return {
    start: [request.method ?? '', request.url ?? '', request.httpVersion],
    fields: request.rawHeaders,
    body,
    trailers,
    isComplete: request.complete,
  };
}

function endingOf({ fault, requests }: Loopback): Ending {
  if (fault === undefined) return 'idle';
  if (fault.code === 'HPE_INVALID_EOF_STATE') return 'waiting';
  return fault.code === 'HPE_CLOSED_CONNECTION' && requests.length > 0 ? 'closed' : 'refused';
}

/** Reads several connections, each of which brings these pieces and then ends. */
export async function readNodeRequests(connections: readonly (readonly string[])[]): Promise<Reading[]> {
  const sockets = connections.map((pieces) => {
    const socket = new Loopback();
    socket.on('error', () => {});
    server.emit('connection', socket);
    for (const piece of pieces) socket.push(Buffer.from(piece, 'latin1'));
    socket.push(null);
    return socket;
  });
  for (let turn = 0; turn < 3; turn++) await setImmediate();
  return sockets.map((socket) => {
    const { fault } = socket;
    const reading: Reading = {
      messages: socket.requests.map(seen),
      ending: endingOf(socket),
      reason: fault === undefined ? '' : `${fault.code} ${fault.reason}`,
    };
    socket.destroy();
    return reading;
  });
}
