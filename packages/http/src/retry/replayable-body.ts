// A request body that can be sent more than once: what has flowed is remembered up to a limit, and past it the body is like any other.
import type { ProxyError } from '@sluice/core';
import type { Body, BodySink } from '../body/body.ts';
import { bytesBody } from '../body/bytes-body.ts';
import type { HeaderList } from '../headers/header-list.ts';

/**
 * Remembers a body as it flows. `next` makes the body for one attempt; only the one that was made last flows.
 *
 *     source ──► memory ──► attempt 2        attempt 1 was given up: it hears nothing more
 */
export class ReplayableBody implements BodySink {
  readonly #source: Body;
  readonly #maxBytes: number;
  #pieces: Buffer[] = [];
  #bytes = 0;
  #isForgotten = false;
  #attempt: AttemptBody | undefined;
  /** Lets the source go on, while the attempt, or we, need its last piece. */
  #flushed: (() => void) | undefined;
  /** A piece that came when no attempt could take it. The source leaves its memory alone. */
  #pending: Uint8Array | undefined;
  #ending: { readonly trailers: HeaderList | undefined } | undefined;
  #failure: ProxyError | undefined;

  /** @param maxBytes - The most that is remembered. */
  constructor(source: Body, maxBytes: number) {
    this.#source = source;
    this.#maxBytes = maxBytes;
    this.#isForgotten = source.size !== undefined && source.size > maxBytes;
  }

  /** Whether another attempt can send it from its start. */
  get isWhole(): boolean {
    return !this.#source.started || (!this.#isForgotten && this.#failure === undefined);
  }

  /** The body for the next attempt. The one before is given up. */
  next(): Body {
    this.#attempt = new AttemptBody(this.#source, this);
    return this.#attempt;
  }

  /** All of the body, for an attempt beside the one that flows; `undefined` while it has not all come, and when it is not remembered or has trailers. */
  copy(): Body | undefined {
    if (this.#isForgotten || this.#ending === undefined || this.#ending.trailers !== undefined) return undefined;
    return bytesBody(Buffer.concat(this.#pieces));
  }

  /** An attempt wants the body. */
  flow(attempt: AttemptBody): void {
    if (this.#failure !== undefined) attempt.fail(this.#failure);
    else if (attempt !== this.#attempt) return;
    else if (this.#source.started) this.#replay(attempt, 0);
    else {
      attempt.isFlowing = true;
      this.#source.pipe(this);
    }
  }

  /** An attempt wants no more of the body; another one may. */
  giveUp(attempt: AttemptBody, reason: unknown): void {
    if (attempt !== this.#attempt) return;
    this.#attempt = undefined;
    // Nobody can send it any more: the client need not go on.
    if (!this.isWhole) this.#source.cancel(reason);
  }

  write(chunk: Uint8Array, flushed: () => void): boolean {
    if (this.#attempt?.isFlowing === true && this.#forward(this.#attempt, chunk)) return true;
    // An attempt has failed, or is still behind: this piece is for when the next one has caught up.
    if (this.#attempt?.isFlowing !== true) this.#pending = chunk;
    this.#flushed = flushed;
    return false;
  }

  end(trailers: HeaderList | undefined): void {
    this.#ending = { trailers };
    if (this.#attempt?.isFlowing === true) this.#attempt.end(trailers);
  }

  fail(error: ProxyError): void {
    this.#failure = error;
    const attempt = this.#attempt;
    this.#attempt = undefined;
    attempt?.fail(error);
  }

  readonly #goOn = (): void => {
    const flushed = this.#flushed;
    this.#flushed = undefined;
    flushed?.();
  };

  #forward(attempt: AttemptBody, chunk: Uint8Array): boolean {
    this.#remember(chunk);
    return attempt.write(chunk, () => {
      if (attempt === this.#attempt) this.#goOn();
    });
  }

  #remember(chunk: Uint8Array): void {
    this.#bytes += chunk.byteLength;
    if (this.#bytes > this.#maxBytes) {
      this.#isForgotten = true;
      this.#pieces = [];
    } else if (!this.#isForgotten) this.#pieces.push(Buffer.from(chunk));
  }

  /** Sends what is remembered from a piece on, then lets the source go on. */
  #replay(attempt: AttemptBody, from: number): void {
    for (let index = from; index < this.#pieces.length; index++) {
      const piece = this.#pieces[index] as Buffer;
      if (attempt !== this.#attempt) return;
      if (!attempt.write(piece, () => this.#replay(attempt, index + 1))) return;
    }
    if (attempt !== this.#attempt) return;
    attempt.isFlowing = true;
    if (this.#ending !== undefined) {
      attempt.end(this.#ending.trailers);
      return;
    }
    const pending = this.#pending;
    this.#pending = undefined;
    if (pending === undefined || this.#forward(attempt, pending)) this.#goOn();
  }
}

/** The body as one attempt sees it. */
class AttemptBody implements Body {
  readonly size: number | undefined;
  started = false;
  /** Whether it has caught up with the source. */
  isFlowing = false;
  readonly #replay: ReplayableBody;
  #sink: BodySink | undefined;

  constructor(source: Body, replay: ReplayableBody) {
    this.size = source.size;
    this.#replay = replay;
  }

  pipe(sink: BodySink): void {
    if (this.started) throw new Error('a body flows only once');
    this.started = true;
    this.#sink = sink;
    this.#replay.flow(this);
  }

  cancel(reason: unknown): void {
    this.started = true;
    this.#sink = undefined;
    this.isFlowing = false;
    this.#replay.giveUp(this, reason);
  }

  write(chunk: Uint8Array, flushed: () => void): boolean {
    return this.#sink === undefined || this.#sink.write(chunk, flushed);
  }

  end(trailers: HeaderList | undefined): void {
    this.#sink?.end(trailers);
  }

  fail(error: ProxyError): void {
    this.#sink?.fail(error);
  }
}
