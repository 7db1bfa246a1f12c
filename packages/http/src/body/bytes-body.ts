// A body whose bytes are all in memory.
import { emptyBody, type Body, type BodySink } from './body.ts';

class BytesBody implements Body {
  readonly size: number;
  started = false;
  readonly #bytes: Uint8Array;
  #cancelled = false;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.size = bytes.byteLength;
  }

  pipe(sink: BodySink): void {
    if (this.started) throw new Error('a body flows only once');
    this.started = true;
    const finish = (): void => {
      if (!this.#cancelled) sink.end(undefined);
    };
    if (sink.write(this.#bytes, finish)) finish();
  }

  cancel(): void {
    this.started = true;
    this.#cancelled = true;
  }
}

/**
 * Makes a body of bytes or text (sent as UTF-8) that are already in memory.
 *
 * @param content - Not copied: do not change it until the body was sent.
 */
export function bytesBody(content: Uint8Array | string): Body {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content;
  return bytes.byteLength === 0 ? emptyBody : new BytesBody(bytes);
}
