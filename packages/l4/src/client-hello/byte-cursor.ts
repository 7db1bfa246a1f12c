// Reads numbers and vectors of the TLS presentation language (RFC 8446 section 3) out of bytes, and never past their end.
import { ClientHelloError } from './client-hello-error.ts';

/** A place in some bytes, and where they end. */
export class ByteCursor {
  readonly bytes: Buffer;
  /** Where it stands. */
  at: number;
  readonly end: number;

  constructor(bytes: Buffer, at: number, end: number) {
    this.bytes = bytes;
    this.at = at;
    this.end = end;
  }

  /** What is left. */
  get length(): number {
    return this.end - this.at;
  }

  get isAtEnd(): boolean {
    return this.at === this.end;
  }

  uint8(): number {
    return this.bytes[this.skip(1)] as number;
  }

  uint16(): number {
    const at = this.skip(2);
    return ((this.bytes[at] as number) << 8) | (this.bytes[at + 1] as number);
  }

  /** Steps over some bytes. @returns where they start */
  skip(length: number): number {
    const at = this.at;
    if (length > this.end - at) throw new ClientHelloError('malformed', 'has a part that is longer than the whole');
    this.at = at + length;
    return at;
  }

  /** Steps over a vector whose length stands in front of it, and lets another cursor read it. */
  vector(length: number): ByteCursor {
    const start = this.skip(length);
    return new ByteCursor(this.bytes, start, this.at);
  }

  /** A vector with something in it and nothing behind it. */
  onlyVector(length: number): ByteCursor {
    const vector = this.vector(length);
    if (length > 0 && this.isAtEnd) return vector;
    throw new ClientHelloError('malformed', 'has a list that is empty or does not fill its extension');
  }

  /** The rest, one character for each byte. */
  text(): string {
    return this.bytes.toString('latin1', this.at, this.end);
  }
}
