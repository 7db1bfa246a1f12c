// The body of a message that arrives on a connection, as its receiver sees it. The bytes come from the connection's reader.
import type { ProxyError } from '@sluice/core';
import type { Body, BodySink } from '../body/body.ts';
import type { HeaderList } from '../headers/header-list.ts';

/** Where an incoming body's bytes come from. */
export interface IncomingBodySource {
  /** Somebody wants the body now. */
  onPiped(): void;
  /** Nobody wants the rest of it. */
  onCancelled(): void;
}

/** One incoming body. It outlives its connection's interest in it: when it is over, it forgets the source. */
export class IncomingBody implements Body {
  readonly size: number | undefined;
  started = false;
  #source: IncomingBodySource | undefined;
  #sink: BodySink | undefined;
  #failure: ProxyError | undefined;

  constructor(size: number | undefined, source: IncomingBodySource) {
    this.size = size;
    this.#source = source;
  }

  /** Whether somebody wants the body, or may still want it. */
  get wanted(): boolean {
    return !this.started || this.#sink !== undefined;
  }

  pipe(sink: BodySink): void {
    if (this.started) throw new Error('a body flows only once');
    this.started = true;
    if (this.#failure !== undefined) {
      sink.fail(this.#failure);
      return;
    }
    this.#sink = sink;
    this.#source?.onPiped();
  }

  cancel(): void {
    this.started = true;
    this.#sink = undefined;
    const source = this.#source;
    this.#source = undefined;
    source?.onCancelled();
  }

  /** Passes bytes on. A body that nobody wants any more takes them and forgets them. */
  write(chunk: Uint8Array, flushed: () => void): boolean {
    return this.#sink === undefined || this.#sink.write(chunk, flushed);
  }

  /** The body is complete. */
  end(trailers: HeaderList | undefined): void {
    this.#source = undefined;
    this.#sink?.end(trailers);
  }

  /** The body will not be complete. */
  fail(error: ProxyError): void {
    this.#source = undefined;
    this.#failure = error;
    this.#sink?.fail(error);
  }
}
