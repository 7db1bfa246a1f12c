// A body read from a Node stream: request bodies under node:http, and streams that middleware answers with.
import { isProxyError, type ProxyError } from '@sluice/core';
import type { Readable } from 'node:stream';
import { httpError } from '../errors.ts';
import type { HeaderList } from '../headers/header-list.ts';
import type { Body, BodySink } from './body.ts';

/** How a stream behaves as a body. */
export interface StreamBodyOptions {
  /** The body's length in bytes, when it is known. @defaultValue undefined: until the stream ends */
  readonly size?: number | undefined;
  /** Asked for the trailers once the stream has ended. @defaultValue none */
  readonly trailers?: (() => HeaderList | undefined) | undefined;
  /** What giving the body up does to the stream. @defaultValue destroys it */
  readonly discard?: ((stream: Readable) => void) | undefined;
  /** Turns the stream's error, or its early close (`undefined`), into the failure its sink hears. */
  readonly toError?: ((error: unknown) => ProxyError) | undefined;
}

class StreamBody implements Body {
  readonly size: number | undefined;
  started = false;
  readonly #stream: Readable;
  readonly #options: StreamBodyOptions;
  #sink: BodySink | undefined;
  #failure: { readonly error: unknown } | undefined;

  constructor(stream: Readable, options: StreamBodyOptions) {
    this.#stream = stream;
    this.#options = options;
    this.size = options.size;
    stream.once('error', this.#onError);
  }

  pipe(sink: BodySink): void {
    if (this.started) throw new Error('a body flows only once');
    this.started = true;
    this.#sink = sink;
    const stream = this.#stream;
    if (this.#failure !== undefined || (stream.destroyed && !stream.readableEnded)) {
      this.#fail(this.#failure?.error ?? stream.errored);
      return;
    }
    stream.on('data', this.#onData).once('end', this.#onEnd).once('close', this.#onClose);
  }

  cancel(): void {
    if (this.started && this.#sink === undefined) return;
    this.started = true;
    this.#release();
    (this.#options.discard ?? destroyStream)(this.#stream);
  }

  readonly #onData = (chunk: Uint8Array | string): void => {
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
    if (this.#sink?.write(bytes, this.#onFlushed) === false) this.#stream.pause();
  };

  readonly #onFlushed = (): void => {
    if (this.#sink !== undefined) this.#stream.resume();
  };

  readonly #onEnd = (): void => {
    this.#release()?.end(this.#options.trailers?.());
  };

  readonly #onError = (error: unknown): void => {
    this.#failure = { error };
    this.#fail(error);
  };

  readonly #onClose = (): void => {
    this.#fail(undefined);
  };

  #fail(error: unknown): void {
    this.#release()?.fail((this.#options.toError ?? brokenStream)(error));
  }

  /** Detaches from the stream, keeping an error listener on it, and hands back the sink that was waiting. */
  #release(): BodySink | undefined {
    const sink = this.#sink;
    this.#sink = undefined;
    this.#stream.off('data', this.#onData).off('end', this.#onEnd).off('close', this.#onClose);
    return sink;
  }
}

function destroyStream(stream: Readable): void {
  stream.on('error', () => {});
  stream.destroy();
}

function brokenStream(error: unknown): ProxyError {
  if (isProxyError(error)) return error;
  return httpError('SLUICE_INTERNAL', 'the stream behind a body broke before its end', { cause: error });
}

/**
 * Makes a body of a Node stream. The stream is paused whenever the receiver is slower, and destroyed when the body is cancelled.
 *
 * @param stream - A readable stream of bytes or text that nobody else reads.
 */
export function streamBody(stream: Readable, options: StreamBodyOptions = {}): Body {
  return new StreamBody(stream, options);
}
