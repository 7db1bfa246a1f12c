// Sends a request's body: framing, backpressure, the slow client and the slow endpoint. One for each request that has a body; the bodies that
// come with the head leave in one write with it.
import type { ProxyError } from '@sluice/core';
import type { Socket } from 'node:net';
import type { Body, BodySink } from '../body/body.ts';
import { httpError } from '../errors.ts';
import type { HeaderList } from '../headers/header-list.ts';
import { chunkEnd, formatChunkStart, formatLastChunk } from './chunked-encoder.ts';
import { abortError, requestLate, requestStalled } from './connection-errors.ts';
import type { PhaseTimer } from './phase-timer.ts';
import type { WriteBuffer } from './write-buffer.ts';

/** Whoever runs the exchange that the body belongs to. */
export interface RequestBodyOwner {
  /** The body is with the kernel, or on its way there. */
  onRequestSent(): void;
  /** The body will never be complete; the connection is of no use any more. */
  onRequestFailed(error: ProxyError): void;
  /** Whether our own backpressure is why the endpoint takes nothing: it may wait for us to read its answer. */
  readonly isReadingPaused: boolean;
}

/** How a body is sent. */
export interface RequestBodyOptions {
  /** Set to `idleMs` while the body is not complete; whoever owns it calls `expire`. */
  readonly timer: PhaseTimer;
  /** How long the client may send nothing, and how long the endpoint may take nothing, in milliseconds. */
  readonly idleMs: number;
  /** The endpoint's name in messages. */
  readonly endpoint: string;
}

/** Writes one request body to a socket. */
export class RequestBodyWriter implements BodySink {
  /** Whether the body was written to its end. */
  done = false;
  readonly #socket: Socket;
  readonly #body: Body;
  readonly #owner: RequestBodyOwner;
  readonly #options: RequestBodyOptions;
  #abandoned = false;
  #remaining: number;
  #flushed: (() => void) | undefined;
  /** The head, while it waits for what comes with it. */
  #head: WriteBuffer | undefined;
  #hasJoined = false;

  constructor(socket: Socket, body: Body, owner: RequestBodyOwner, options: RequestBodyOptions) {
    this.#socket = socket;
    this.#body = body;
    this.#owner = owner;
    this.#options = options;
    this.#remaining = body.size ?? Infinity;
  }

  /** Starts the flow. */
  start(): void {
    this.#wait();
    this.#body.pipe(this);
  }

  /**
   * Starts the flow behind a head that waits in a buffer: what is there at once leaves with it, in one write.
   *
   * @returns whether anything was there; if not, the head still waits
   */
  startBehind(head: WriteBuffer): boolean {
    this.#head = head;
    this.start();
    if (this.#head === undefined) return true;
    if (this.#hasJoined) this.#sendHead();
    this.#head = undefined;
    return this.#hasJoined;
  }

  /** Gives the body up: nothing of it is written from now on. */
  abandon(reason: unknown): void {
    if (this.#abandoned) return;
    this.#abandoned = true;
    this.#head?.drop();
    this.#head = undefined;
    this.#options.timer.disarm();
    if (!this.done) this.#body.cancel(reason);
  }

  write(chunk: Uint8Array, flushed: () => void): boolean {
    if (this.#abandoned) return true;
    if (chunk.byteLength > this.#remaining) {
      this.#fail(httpError('SLUICE_INTERNAL', 'a request body that is longer than its declared size'));
      return true;
    }
    if (chunk.byteLength === 0) return true;
    this.#wait();
    this.#remaining -= chunk.byteLength;
    const isChunked = this.#body.size === undefined;
    if (this.#head?.fits(chunk.byteLength) === true) {
      this.#hasJoined = true;
      this.#head.piece(chunk, isChunked);
      return true;
    }
    if (isChunked) this.#writeChunk(chunk);
    else if (this.#head === undefined) this.#socket.write(chunk, this.#onWritten);
    else this.#head.flushWith(this.#socket, chunk, this.#onWritten);
    this.#head = undefined;
    // Nothing left to write means that the kernel has it all; `drain` would come only above the high-water mark.
    if (this.#socket.writableLength === 0) return true;
    this.#flushed = flushed;
    return false;
  }

  end(trailers: HeaderList | undefined): void {
    if (this.#abandoned) return;
    if (this.#remaining > 0 && this.#body.size !== undefined) {
      this.#fail(httpError('SLUICE_INTERNAL', 'a request body that is shorter than its declared size'));
      return;
    }
    try {
      if (this.#body.size === undefined) this.#writeText(formatLastChunk(trailers));
    } catch (error) {
      this.#fail(abortError(error));
      return;
    }
    this.#sendHead();
    this.done = true;
    this.#options.timer.disarm();
    this.#owner.onRequestSent();
  }

  fail(error: ProxyError): void {
    if (!this.#abandoned) this.#fail(error);
  }

  /** The body has made no progress for too long. */
  expire(): void {
    const { idleMs, endpoint } = this.#options;
    if (this.#flushed === undefined) this.#fail(requestLate(idleMs));
    else if (this.#owner.isReadingPaused) this.#wait();
    else this.#fail(requestStalled(endpoint, idleMs));
  }

  #wait(): void {
    this.#options.timer.arm(this.#options.idleMs);
  }

  #sendHead(): void {
    this.#head?.flush(this.#socket);
    this.#head = undefined;
  }

  #writeText(text: string): void {
    if (this.#head === undefined) this.#socket.write(text, 'latin1');
    else this.#head.text(text);
  }

  #writeChunk(chunk: Uint8Array): void {
    this.#sendHead();
    const socket = this.#socket;
    socket.cork();
    socket.write(formatChunkStart(chunk.byteLength), 'latin1');
    socket.write(chunk);
    socket.write(chunkEnd, 'latin1', this.#onWritten);
    socket.uncork();
  }

  #fail(error: ProxyError): void {
    this.#head?.drop();
    this.#head = undefined;
    this.#abandoned = true;
    this.#options.timer.disarm();
    this.#body.cancel(error);
    this.#owner.onRequestFailed(error);
  }

  readonly #onWritten = (): void => {
    const flushed = this.#flushed;
    if (flushed === undefined || this.#socket.destroyed || this.#socket.writableLength !== 0) return;
    this.#flushed = undefined;
    if (this.#abandoned) return;
    this.#wait();
    flushed();
  };
}
