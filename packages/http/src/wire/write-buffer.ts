// Collects the pieces of a message that leave in one write. One buffer serves all connections of a listener: it is empty between any two
// of their turns.
import type { Writable } from 'node:stream';

/** Bytes of the buffer: a head of usual size and a body of 32 KiB. */
const bufferBytes = 48 * 1024;

/** The buffer. */
export class WriteBuffer {
  #buffer = Buffer.allocUnsafeSlow(bufferBytes);
  #length = 0;

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

  /** Writes what was added, and starts anew. */
  flush(target: Writable): void {
    if (this.#length === 0) return;
    target.write(this.#buffer.subarray(0, this.#length));
    this.#length = 0;
    // What the kernel has not taken yet is still needed.
    if (target.writableLength > 0 || this.#buffer.length > bufferBytes)
      this.#buffer = Buffer.allocUnsafeSlow(bufferBytes);
  }

  /** Forgets what was added. */
  drop(): void {
    this.#length = 0;
  }

  #grow(more: number): void {
    const larger = Buffer.allocUnsafeSlow(this.#length + more + bufferBytes);
    larger.set(this.#buffer.subarray(0, this.#length));
    this.#buffer = larger;
  }
}
