// Writes a response value to a node:http ServerResponse: framing, trailers, interim responses, backpressure, the slow client.
import type { Clock, ProxyError } from '@sluice/core';
import { cutStream } from '@sluice/l4';
import type { ServerResponse } from 'node:http';
import type { BodySink } from '../body/body.ts';
import { httpError } from '../errors.ts';
import type { HeaderList } from '../headers/header-list.ts';
import type { ProxyResponse } from '../response/response.ts';
import { PhaseTimer } from '../wire/phase-timer.ts';
import { formatInterimHead } from '../wire/response-head.ts';
import { allowedTrailers } from '../wire/trailer-fields.ts';

/** Bodies up to this many bytes leave in one write with their head, which costs a copy and saves a system call. */
const oneWriteBytes = 8 * 1024;

/** What writing a response depends on besides the response. */
export interface NodeResponseWriterOptions {
  readonly clock: Clock;
  /** How long the client may take nothing of what is there for it. */
  readonly responseBodyIdleMs: number;
  /** Ends the exchange with an error that came up while writing. */
  readonly onFailure: (error: ProxyError) => void;
}

/** The last station of a response under node:http. */
export class NodeResponseWriter implements BodySink {
  /** Whether the client was told to send its body. */
  hasContinued = false;
  readonly #res: ServerResponse;
  readonly #options: NodeResponseWriterOptions;
  #remaining: number | undefined;
  #flushed: (() => void) | undefined;
  #stall: PhaseTimer | undefined;

  constructor(res: ServerResponse, options: NodeResponseWriterOptions) {
    this.#res = res;
    this.#options = options;
    res.on('error', ignoreError);
  }

  /**
   * Sends a response, unless the client is gone.
   *
   * @param last - Whether the connection closes behind it.
   * @throws TypeError by node when a field or the reason phrase can not be written; nothing was sent then.
   */
  send(response: ProxyResponse, last: boolean): void {
    const res = this.#res;
    const { status, body, headers } = response;
    if (res.destroyed || res.headersSent) {
      body.cancel(httpError('SLUICE_CLIENT_ABORTED', 'the client closed the connection before the response was sent'));
      return;
    }
    const bodiless = res.req.method === 'HEAD' || status === 204 || status === 304;
    declareLength(headers, response, bodiless, res.req.httpVersion === '1.0');
    // Node, which keeps a connection open when it is handed options without `close`, must not be left to guess.
    if (status === 426 && headers.has('upgrade')) headers.set('Connection', 'close, Upgrade');
    else if (last) headers.set('Connection', 'close');
    res.writeHead(status, response.statusText, headers.toFlat());
    if (bodiless && body.size !== 0) {
      body.cancel(undefined);
      res.end();
      return;
    }
    this.#remaining = body.size;
    body.pipe(this);
    // Bytes that are there already leave in one write with the head; a head whose body is still to come must not wait for it.
    if (this.#flushed === undefined && !res.writableEnded && !res.destroyed) res.flushHeaders();
  }

  write(chunk: Uint8Array, flushed: () => void): boolean {
    const res = this.#res;
    if (chunk.byteLength === this.#remaining && chunk.byteLength <= oneWriteBytes && !res.writableLength) {
      this.#remaining = 0;
      res.end(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength).toString('latin1'), 'latin1');
      return true;
    }
    if (this.#remaining !== undefined) this.#remaining -= chunk.byteLength;
    this.#flushed = flushed;
    this.#stall ??= new PhaseTimer(this.#options.clock, this.#onStall);
    this.#stall.arm(this.#options.responseBodyIdleMs);
    res.write(chunk, this.#onWritten);
    return false;
  }

  end(trailers: HeaderList | undefined): void {
    if (this.#res.writableEnded) return;
    const allowed = trailers === undefined ? undefined : allowedTrailers(trailers);
    if (allowed !== undefined) this.#res.addTrailers([...allowed]);
    this.#res.end();
  }

  fail(error: ProxyError): void {
    this.#options.onFailure(error);
    abortClient(this.#res);
  }

  /** The response is over; nothing is waited for any more. */
  close(): void {
    this.#stall?.close();
  }

  /**
   * Sends an interim response, if this response's turn on the connection has come and its head is still to be written.
   *
   * @throws ProxyError `SLUICE_INTERNAL` for one that must not be sent
   */
  inform(status: number, statusText: string, headers: HeaderList): void {
    const res = this.#res;
    if (res.headersSent || res.destroyed || res.socket === null || res.req.httpVersion !== '1.1') return;
    res.socket.write(formatInterimHead(status, statusText, headers), 'latin1');
    if (status === 100) this.hasContinued = true;
  }

  readonly #onWritten = (): void => {
    this.#stall?.disarm();
    const flushed = this.#flushed;
    this.#flushed = undefined;
    flushed?.();
  };

  readonly #onStall = (): void => {
    const limit = this.#options.responseBodyIdleMs;
    this.fail(httpError('SLUICE_REQUEST_TIMEOUT', `the client took nothing of the response within ${limit} ms`));
  };
}

function ignoreError(): void {}

/** Sets the one framing field that node does not choose by itself, and drops what does not go with the framing. */
function declareLength(headers: HeaderList, response: ProxyResponse, bodiless: boolean, http10: boolean): void {
  const { size } = response.body;
  if (response.status === 204) headers.delete('content-length');
  else if (!bodiless || (size !== undefined && size > 0)) {
    if (size === undefined) headers.delete('content-length');
    else if (headers.get('content-length') !== String(size)) headers.set('Content-Length', String(size));
  }
  // Trailers need the chunked coding (RFC 9110 section 6.5), so announcing them without it would be a promise that is not kept.
  if (size !== undefined || http10) headers.delete('trailer');
}

/**
 * Ends the client's connection so that it can not take what it has for a whole response.
 * A reset where the socket allows it: a FIN would complete a body that lasts until the connection closes.
 */
export function abortClient(res: ServerResponse): void {
  if (res.headersSent && res.socket !== null) cutStream(res.socket);
  else res.destroy();
}
