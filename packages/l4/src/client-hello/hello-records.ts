// Puts the first handshake message together out of TLS records, however both are cut. What the message says is hello-message.ts.
import { ByteCursor } from './byte-cursor.ts';
import { ClientHelloError } from './client-hello-error.ts';

const recordHeaderBytes = 5;
const messageHeaderBytes = 4;
const handshakeRecord = 22;
const clientHelloMessage = 1;
/** RFC 8446 section 5.1. */
const longestRecord = 2 ** 14;

/**
 * Walks over records, and goes on where it stopped when more bytes are there: each byte is looked at once, so that a hello that arrives byte
 * by byte costs no more than one that arrives whole.
 *
 * ```
 *  record                         record
 *  22 | 3,x | length | fragment   22 | 3,x | length | fragment
 *                      1 | length (24 bits) | body ... | ... body
 * ```
 */
export class HelloRecords {
  readonly #maxBytes: number;
  /** How many of the bytes were walked over. */
  #at = 0;
  /** What is left of the current record; 0 in front of a header. */
  #recordLeft = 0;
  #records = 0;
  /** How much of the message was seen, its header included. */
  #seen = 0;
  /** The message's header as far as it was seen, as one number. */
  #header = 0;

  /** @param maxBytes - The most that the message's records may be, headers included. */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /**
   * Reads on.
   *
   * @param bytes - All bytes from the connection's first one on, more of them at each call.
   * @returns a cursor over the body of the ClientHello, as soon as it is there.
   * @throws ClientHelloError
   */
  read(bytes: Buffer): ByteCursor | undefined {
    // What stands behind the limit is never looked at, so that it does not matter how the bytes are cut.
    const end = Math.min(bytes.length, this.#maxBytes);
    while (this.#at < end) {
      if (this.#recordLeft === 0 && !this.#openRecord(bytes, end)) break;
      const taken = Math.min(this.#recordLeft, end - this.#at);
      this.#readMessageHeader(bytes, taken);
      this.#at += taken;
      this.#recordLeft -= taken;
      this.#seen += taken;
      if (this.#seen >= messageHeaderBytes && this.#seen >= this.#messageBytes) return this.#body(bytes);
    }
    if (end === this.#maxBytes) throw this.#tooLarge();
    return undefined;
  }

  /** Reads a record's header. @returns whether it was there */
  #openRecord(bytes: Buffer, end: number): boolean {
    const at = this.#at;
    const there = end - at;
    if (bytes[at] !== handshakeRecord) {
      if (this.#records > 0 || (bytes[at] as number) < 0x80) throw this.#strayRecord();
      if (there < 3) return false;
      // RFC 5246 appendix E.2: two bytes of length with the highest bit set, then the type.
      if (bytes[at + 2] !== clientHelloMessage) throw this.#strayRecord();
      throw new ClientHelloError('sslv2', 'is in the format of SSL 2.0');
    }
    // The minor version means nothing (RFC 8446 section 5.1); every version since SSL 3.0 has this major one.
    if (there > 1 && bytes[at + 1] !== 3) throw this.#strayRecord();
    if (there < recordHeaderBytes) return false;
    const length = ((bytes[at + 3] as number) << 8) | (bytes[at + 4] as number);
    // RFC 8446 section 5.1: no empty fragments of handshake messages.
    if (length === 0 || length > longestRecord) throw this.#strayRecord();
    this.#at = at + recordHeaderBytes;
    this.#recordLeft = length;
    this.#records++;
    return true;
  }

  #strayRecord(): ClientHelloError {
    if (this.#records > 0)
      return new ClientHelloError('malformed', 'is interrupted by something else than a record of it');
    return new ClientHelloError('not-tls', 'is missing: the connection starts with something else');
  }

  #readMessageHeader(bytes: Buffer, taken: number): void {
    const count = Math.min(taken, messageHeaderBytes - this.#seen);
    for (let index = 0; index < count; index++) {
      this.#header = (this.#header << 8) | (bytes[this.#at + index] as number);
      const position = this.#seen + index;
      if (position === 0 && this.#header !== clientHelloMessage)
        throw new ClientHelloError('not-a-hello', 'is missing: the handshake starts with another message');
      if (position === 3 && this.#messageBytes + recordHeaderBytes > this.#maxBytes) throw this.#tooLarge();
    }
  }

  #tooLarge(): ClientHelloError {
    return new ClientHelloError('too-large', `is longer than ${this.#maxBytes} bytes`);
  }

  /** The whole length of the message; right once its header was seen. */
  get #messageBytes(): number {
    return (this.#header & 0xffffff) + messageHeaderBytes;
  }

  #body(bytes: Buffer): ByteCursor {
    // Nothing may follow before the server has answered, and never in the same record (RFC 8446 section 5.1).
    if (this.#recordLeft > 0 || this.#seen > this.#messageBytes)
      throw new ClientHelloError('malformed', 'has something behind it in its record');
    if (this.#records === 1) return new ByteCursor(bytes, recordHeaderBytes + messageHeaderBytes, this.#at);
    const message = joinFragments(bytes, this.#at, this.#seen);
    return new ByteCursor(message, messageHeaderBytes, message.length);
  }
}

function joinFragments(bytes: Buffer, end: number, length: number): Buffer {
  const message = Buffer.allocUnsafe(length);
  let filled = 0;
  for (let at = 0; at < end;) {
    const start = at + recordHeaderBytes;
    at = start + (((bytes[at + 3] as number) << 8) | (bytes[at + 4] as number));
    filled += bytes.copy(message, filled, start, at);
  }
  return message;
}
