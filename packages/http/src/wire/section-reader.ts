// Keeps the bytes of a section (a head, a trailer section) in one piece for its scanner. Nothing is copied when the section came in one
// piece, which is nearly always.

/** Scans a section that stands at `base`, from where it stopped the time before. */
export interface SectionScanner {
  /** Bytes of the section that were scanned; its length once it is complete. */
  readonly position: number;
  scan(bytes: Uint8Array, base: number, end: number): boolean;
}

/** Feeds a scanner with pieces. */
export class SectionReader {
  /** Whether the section is complete. */
  complete = false;
  readonly #scanner: SectionScanner;
  #bytes: Uint8Array | undefined;
  #base = 0;
  #kept = 0;

  constructor(scanner: SectionScanner) {
    this.#scanner = scanner;
  }

  /** Starts a new section. */
  begin(): void {
    this.complete = false;
    this.#bytes = undefined;
    this.#kept = 0;
  }

  /**
   * Takes the section's next bytes.
   *
   * @returns the offset behind the last byte that belongs to the section; `end` while it is not complete.
   */
  feed(bytes: Uint8Array, start: number, end: number): number {
    if (this.#kept === 0) {
      if (this.#scan(bytes, start, end)) return start + this.#scanner.position;
      this.#keep(bytes, start, end);
      return end;
    }
    const before = this.#kept;
    this.#keep(bytes, start, end);
    if (!this.#scan(this.#bytes as Uint8Array, 0, this.#kept)) return end;
    return start + this.#scanner.position - before;
  }

  /** The section as text, one character for each byte. To be read before the next bytes are fed: they may overwrite it. */
  text(): string {
    const bytes = this.#bytes as Uint8Array;
    const buffer = bytes instanceof Buffer ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    return buffer.toString('latin1', this.#base, this.#base + this.#scanner.position);
  }

  #scan(bytes: Uint8Array, base: number, end: number): boolean {
    this.complete = this.#scanner.scan(bytes, base, end);
    if (this.complete) {
      this.#bytes = bytes;
      this.#base = base;
    }
    return this.complete;
  }

  #keep(bytes: Uint8Array, start: number, end: number): void {
    const length = this.#kept + end - start;
    if (this.#bytes === undefined || this.#bytes.length < length) {
      const larger = Buffer.allocUnsafe(Math.max(length, 2 * this.#kept, 1024));
      if (this.#bytes !== undefined) larger.set(this.#bytes.subarray(0, this.#kept));
      this.#bytes = larger;
    }
    this.#bytes.set(bytes.subarray(start, end), this.#kept);
    this.#kept = length;
  }
}
