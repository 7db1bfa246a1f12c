// The bytes of a connection that have come before anybody could take them.

/** Up to this many bytes are copied to be set aside: then their memory can be read into again at once. */
export const asideBytes: number = 16 * 1024;

/** A queue of bytes, in the pieces in which they came. */
export class WaitingBytes {
  /** How many bytes wait. */
  length = 0;
  /** Whether some of them are views into memory that was read into. */
  holdsViews = false;
  #pieces: Uint8Array[] = [];

  /** How many pieces wait. */
  get count(): number {
    return this.#pieces.length;
  }

  /** Puts a piece behind the others. */
  push(bytes: Uint8Array): void {
    this.#pieces.push(bytes);
    this.length += bytes.length;
  }

  /** The same for bytes in memory that is read into again: copied when there are few, or when that memory is `shared` with others. */
  setAside(bytes: Uint8Array, shared: boolean): void {
    const isCopied = shared || bytes.length <= asideBytes;
    if (!isCopied) this.holdsViews = true;
    this.push(isCopied ? Buffer.from(bytes) : bytes);
  }

  /** The first piece, which leaves the queue. */
  shift(): Uint8Array {
    const bytes = this.#pieces.shift() as Uint8Array;
    this.length -= bytes.length;
    return bytes;
  }

  /** Puts back what is left of a piece behind its first `taken` bytes. */
  putBack(bytes: Uint8Array, taken: number): void {
    if (taken === bytes.length) return;
    this.#pieces.unshift(bytes.subarray(taken));
    this.length += bytes.length - taken;
  }

  /** Gives everything away, in one piece. */
  takeAll(): Buffer {
    const all = Buffer.concat(this.#pieces);
    this.clear();
    return all;
  }

  /** Forgets everything. */
  clear(): void {
    if (this.length > 0) this.#pieces = [];
    this.length = 0;
    this.holdsViews = false;
  }
}
