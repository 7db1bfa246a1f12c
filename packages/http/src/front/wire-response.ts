// Writes responses to a client's socket, one after the other: framing, trailers, interim responses, backpressure, the slow client.
// What is there at once leaves in one write with its head.
import type { Clock, ProxyError } from '@sluice/core';
import { cutStream } from '@sluice/l4';
import type { Socket } from 'node:net';
import type { BodySink } from '../body/body.ts';
import { httpError } from '../errors.ts';
import type { HeaderList } from '../headers/header-list.ts';
import type { ProxyResponse } from '../response/response.ts';
import { abortError } from '../wire/connection-errors.ts';
import { chunkEnd, formatChunkStart, formatLastChunk } from '../wire/chunked-encoder.ts';
import { PhaseTimer } from '../wire/phase-timer.ts';
import { formatInterimHead, formatResponseHead, type ResponseBodyFraming } from '../wire/response-head.ts';
import type { WriteBuffer } from '../wire/write-buffer.ts';

/** Who hears how a response ends. */
export interface WireResponseOwner {
  /** The response is with the kernel, or the little of it that is not is on its way there. */
  onResponseSent(): void;
  /** The response ends unfinished, and the connection with it. */
  onResponseFailed(error: ProxyError): void;
}

/** What a writer goes by. */
export interface WireResponseOptions {
  readonly clock: Clock;
  /** How long the client may take nothing of what is there for it. */
  readonly responseBodyIdleMs: number;
  readonly buffer: WriteBuffer;
  /** The value of `Date` now. */
  readonly date: () => string;
}

/** Writes the responses of one connection. */
export class WireResponseWriter implements BodySink {
  /** The status of the response that is being written; `undefined` before its head. */
  status: number | undefined;
  /** Whether the connection closes behind this response. */
  isLast = false;
  /** Whether the client was told to send its body. */
  hasContinued = false;
  readonly #socket: Socket;
  readonly #owner: WireResponseOwner;
  readonly #options: WireResponseOptions;
  readonly #stall: PhaseTimer;
  #method = '';
  #minor = 1;
  #isChunked = false;
  #remaining = 0;
  /** Whether what is written now still collects in the buffer. */
  #collects = false;
  #flushed: (() => void) | undefined;

  constructor(socket: Socket, owner: WireResponseOwner, options: WireResponseOptions) {
    this.#socket = socket;
    this.#owner = owner;
    this.#options = options;
    this.#stall = new PhaseTimer(options.clock, () => this.#onStall());
  }

  /** Gets ready for the response to a request of that method, in the client's minor version of HTTP/1. */
  begin(method: string, minor: number): void {
    this.#method = method;
    this.#minor = minor;
    this.status = undefined;
    this.hasContinued = false;
  }

  /**
   * Sends a response.
   *
   * @param last - Whether the connection is to be closed behind it.
   * @throws ProxyError when its head can not be written; nothing was sent then
   */
  send(response: ProxyResponse, last: boolean): void {
    const { status, statusText, headers, body } = response;
    const isBodiless = this.#method === 'HEAD' || status === 204 || status === 304;
    const framing = isBodiless ? 'bare' : framingOf(body.size, this.#minor);
    const isLast = last || framing === 'until-close' || saysClose(headers);
    const connection = isLast ? 'close' : this.#minor === 0 ? 'keep-alive' : undefined;
    const date = this.#options.date();
    // HEAD and 304 tell the length of a body that is not sent; when only the body knows it, it is told here.
    if (isBodiless && status !== 204 && body.size !== undefined && body.size > 0 && !headers.has('content-length'))
      headers.append('Content-Length', String(body.size));
    const head = formatResponseHead({ status, statusText, headers, framing, connection, date });
    this.status = status;
    this.isLast = isLast;
    this.#isChunked = framing === 'chunked';
    this.#remaining = typeof framing === 'number' ? framing : Infinity;
    const { buffer } = this.#options;
    buffer.text(head);
    if (isBodiless && body.size !== 0) {
      buffer.flush(this.#socket);
      body.cancel(undefined);
      this.#finish();
      return;
    }
    this.#collects = true;
    try {
      body.pipe(this);
      this.#stopCollecting();
    } catch (error) {
      this.fail(abortError(error));
    }
  }

  write(chunk: Uint8Array, flushed: () => void): boolean {
    const length = chunk.byteLength;
    if (length === 0) return true;
    this.#remaining -= length;
    if (this.#remaining < 0) {
      this.fail(httpError('SLUICE_INTERNAL', 'a response body that is longer than its declared size'));
      return true;
    }
    const { buffer } = this.#options;
    if (this.#collects && buffer.fits(length)) {
      buffer.piece(chunk, this.#isChunked);
      return true;
    }
    if (this.#isChunked) {
      this.#stopCollecting();
      this.#writeChunk(chunk);
    } else if (this.#collects) {
      this.#collects = false;
      buffer.flushWith(this.#socket, chunk, this.#onWritten);
    } else this.#socket.write(chunk, this.#onWritten);
    // Nothing left to write means that the kernel has it all; `drain` would come only above the high-water mark.
    if (this.#socket.writableLength === 0) return true;
    this.#flushed = flushed;
    this.#stall.arm(this.#options.responseBodyIdleMs);
    return false;
  }

  end(trailers: HeaderList | undefined): void {
    if (this.status === undefined || this.#socket.destroyed) return;
    if (this.#remaining > 0 && this.#remaining !== Infinity) {
      this.fail(httpError('SLUICE_INTERNAL', 'a response body that is shorter than its declared size'));
      return;
    }
    if (this.#isChunked) {
      const last = formatLastChunk(trailers);
      if (this.#collects) this.#options.buffer.text(last);
      else this.#socket.write(last, 'latin1');
    }
    this.#stopCollecting();
    this.#finish();
  }

  fail(error: ProxyError): void {
    // The buffer is shared: what is in it is another connection's when this one does not collect.
    if (this.#collects) this.#options.buffer.drop();
    this.#collects = false;
    this.#owner.onResponseFailed(error);
    cutStream(this.#socket);
  }

  /**
   * Sends an interim response, if the client knows such and the head of the final one is still to be written.
   *
   * @throws ProxyError `SLUICE_INTERNAL` for one that must not be sent
   */
  readonly inform = (status: number, statusText: string, headers: HeaderList): void => {
    if (this.#minor === 0 || this.status !== undefined || this.#socket.destroyed) return;
    if (status === 100 && this.hasContinued) return;
    this.#socket.write(formatInterimHead(status, statusText, headers), 'latin1');
    if (status === 100) this.hasContinued = true;
  };

  /** Stops for good. */
  close(): void {
    this.#stall.close();
  }

  /** A client that asks on and on, and takes none of the answers, would have them pile up here: the next one waits until there is room. */
  #finish(): void {
    const { writableLength, writableNeedDrain } = this.#socket;
    if (writableLength > 0 && writableNeedDrain) {
      this.#stall.arm(this.#options.responseBodyIdleMs);
      this.#socket.once('drain', this.#onSent);
    } else this.#onSent();
  }

  readonly #onSent = (): void => {
    this.#stall.disarm();
    this.#owner.onResponseSent();
  };

  #stopCollecting(): void {
    if (!this.#collects) return;
    this.#collects = false;
    this.#options.buffer.flush(this.#socket);
  }

  #writeChunk(chunk: Uint8Array): void {
    const socket = this.#socket;
    socket.cork();
    socket.write(formatChunkStart(chunk.byteLength), 'latin1');
    socket.write(chunk);
    socket.write(chunkEnd, 'latin1', this.#onWritten);
    socket.uncork();
  }

  readonly #onWritten = (): void => {
    const flushed = this.#flushed;
    if (flushed === undefined || this.#socket.destroyed || this.#socket.writableLength !== 0) return;
    this.#flushed = undefined;
    this.#stall.disarm();
    flushed();
  };

  #onStall(): void {
    const limit = this.#options.responseBodyIdleMs;
    this.fail(httpError('SLUICE_REQUEST_TIMEOUT', `the client took nothing of the response within ${limit} ms`));
  }
}

/** RFC 9112 section 6.1: an HTTP/1.0 client knows no chunks. */
function framingOf(size: number | undefined, minor: number): ResponseBodyFraming {
  return size ?? (minor === 0 ? 'until-close' : 'chunked');
}

/** What comes from endpoints has no `Connection` any more: this is an answer of our own, or of middleware. */
function saysClose(headers: HeaderList): boolean {
  return headers.get('connection')?.toLowerCase() === 'close';
}
