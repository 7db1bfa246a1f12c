// Collects the pieces of a message that leave in one write. One buffer serves all connections of a listener: it is empty between any two
// of their turns.
import type { Writable } from 'node:stream';
import { chunkEnd, formatChunkStart } from './chunked-encoder.ts';

/** Bytes of the buffer: a head of usual size and a body of 32 KiB. */
const bufferBytes = 48 * 1024;

/** The buffer. */
export class WriteBuffer {
  #buffer = Buffer.allocUnsafeSlow(bufferBytes);
  #length = 0;

  /** Whether nothing was added since the last write. */
  get isEmpty(): boolean {
    return this.#length === 0;
  }

  /** Whether so many bytes fit, with the framing around them. */
  fits(length: number): boolean {
    return this.#length + length + 64 <= bufferBytes;
  }

  /** Adds text of one byte for each character, of any length. */
  text(text: string): void {
    if (this.#length + text.length > this.#buffer.length) this.#grow(text.length);
    this.#length += this.#buffer.write(text, this.#length, 'latin1');
  }

  /** Adds a copy of bytes that fit. */
  bytes(bytes: Uint8Array): void {
    this.#buffer.set(bytes, this.#length);
    this.#length += bytes.byteLength;
  }

  /** Adds a piece of a body that fits. */
  piece(bytes: Uint8Array, isChunked: boolean): void {
    if (isChunked) this.text(formatChunkStart(bytes.byteLength));
    this.bytes(bytes);
    if (isChunked) this.text(chunkEnd);
  }

  /** Writes what was added, and starts anew. */
  flush(target: Writable): void {
    if (this.#length === 0) return;
    target.write(this.#buffer.subarray(0, this.#length));
    this.#renew(target);
  }

  /**
   * Writes what was added and bytes behind it, in one system call.
   *
   * @param written - Called when the kernel has the bytes
   */
  flushWith(target: Writable, bytes: Uint8Array, written: () => void): void {
    if (this.#length === 0) {
      target.write(bytes, written);
      return;
    }
    target.cork();
    target.write(this.#buffer.subarray(0, this.#length));
    target.write(bytes, written);
    target.uncork();
    this.#renew(target);
  }

  /** Forgets what was added. */
  drop(): void {
    this.#length = 0;
  }

  #renew(target: Writable): void {
    this.#length = 0;
    // What the kernel has not taken yet is still needed.
    if (target.writableLength > 0 || this.#buffer.length > bufferBytes)
      this.#buffer = Buffer.allocUnsafeSlow(bufferBytes);
  }

  #grow(more: number): void {
    const larger = Buffer.allocUnsafeSlow(this.#length + more + bufferBytes);
    larger.set(this.#buffer.subarray(0, this.#length));
    this.#buffer = larger;
  }
}
