// A body whose bytes are all in memory.
import { emptyBody, type Body, type BodySink } from './body.ts';

/** Bytes that are handed over at a time: a client that takes them slowly shows that it does. */
const pieceBytes = 256 * 1024;

class BytesBody implements Body {
  readonly size: number;
  started = false;
  readonly #bytes: Uint8Array;
  #position = 0;
  #isCancelled = false;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.size = bytes.byteLength;
  }

  pipe(sink: BodySink): void {
    if (this.started) throw new Error('a body flows only once');
    this.started = true;
    this.#push(sink);
  }

  cancel(): void {
    this.started = true;
    this.#isCancelled = true;
  }

  #push(sink: BodySink): void {
    const goOn = (): void => this.#push(sink);
    while (!this.#isCancelled && this.#position < this.size) {
      const piece = this.#bytes.subarray(this.#position, this.#position + pieceBytes);
      this.#position += piece.byteLength;
      if (!sink.write(piece, goOn)) return;
    }
    if (!this.#isCancelled) sink.end(undefined);
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
