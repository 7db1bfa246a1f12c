// Decodes the chunked transfer coding (RFC 9112 section 7.1) wherever its bytes are cut. Data is pointed at where it stands; the data of small chunks
// is moved together, so that thousands of them do not become thousands of writes.
import type { HeaderList } from '../headers/header-list.ts';
import type { Fault } from './fault.ts';
import { FieldScanner, type FieldLimits } from './field-scanner.ts';
import { BACKSLASH, CR, DQUOTE, hexValue, HTAB, LF, SEMICOLON, SP, textBytes } from './octets.ts';
import { SectionReader } from './section-reader.ts';
import { allowedTrailers } from './trailer-fields.ts';
import { WireHead } from './wire-head.ts';

const sizeStart = 0;
const inSize = 1;
const afterSize = 2;
const inExtension = 3;
const sizeEnd = 4;
const inData = 5;
const dataCr = 6;
const dataLf = 7;
const inTrailers = 8;
const ended = 9;
const inQuotes = 10;
const escaped = 11;

/** How many bytes of chunk extensions a body may have beyond its bytes of data. */
const extensionAllowance = 16 * 1024;

/** Up to this many bytes of data are moved up to the data before them: a write of their own would cost more. */
const movedBytes = 1024;

/** How many digits a chunk size may have, zeros in front included. */
const maxDigits = 16;

/** An incremental decoder, used over and over. */
export class ChunkedDecoder {
  /** Whether the body is complete. */
  complete = false;
  /** Where the last `read` found data, and where that ends. */
  dataStart = 0;
  dataEnd = 0;
  /** The offset behind the bytes that the last `read` has taken. */
  position = 0;
  /** The trailers that may pass, once the body is complete. */
  trailers: HeaderList | undefined;
  readonly #fault: Fault;
  readonly #fields: FieldScanner;
  readonly #section: SectionReader;
  #state = sizeStart;
  #remaining = 0;
  #digits = 0;
  #extensionBytes = 0;

  constructor(limits: FieldLimits, fault: Fault) {
    this.#fault = fault;
    this.#fields = new FieldScanner(limits, fault);
    this.#section = new SectionReader(this.#fields);
  }

  /** Starts a new body. */
  begin(): void {
    this.complete = false;
    this.trailers = undefined;
    this.#state = sizeStart;
    this.#remaining = 0;
    this.#digits = 0;
    this.#extensionBytes = 0;
  }

  /**
   * Takes bytes up to the end of the next data, or of the body, or of what is there.
   *
   * @param bytes - The decoder's to change between `start` and `position`.
   * @returns whether there is data, from `dataStart` to `dataEnd`.
   * @throws the fault, for malformed coding and past the limits; not before the data in front of it was returned.
   */
  read(bytes: Uint8Array, start: number, end: number): boolean {
    let at = start;
    this.dataStart = start;
    this.dataEnd = start;
    while (at < end && (this.#state !== inTrailers || this.dataEnd === this.dataStart)) {
      if (this.#state === inData) {
        const stop = Math.min(end, at + this.#remaining);
        if (!this.#takeData(bytes, at, stop)) break;
        at = stop;
      } else if (this.#state === inTrailers) {
        at = this.#section.feed(bytes, at, end);
        if (this.#section.complete) this.#finish();
        break;
      } else {
        try {
          this.#readLineByte(bytes[at] as number);
        } catch (error) {
          if (this.dataEnd === this.dataStart) throw error;
          // The byte is read once more, after the data.
          break;
        }
        at++;
      }
    }
    this.position = at;
    return this.dataEnd > this.dataStart;
  }

  /** @returns false when the data stands too far from that before it, and is to be a piece of its own. */
  #takeData(bytes: Uint8Array, at: number, stop: number): boolean {
    const length = stop - at;
    if (this.dataEnd === this.dataStart) {
      this.dataStart = at;
      this.dataEnd = stop;
    } else if (length <= movedBytes) {
      bytes.copyWithin(this.dataEnd, at, stop);
      this.dataEnd += length;
    } else return false;
    this.#remaining -= length;
    if (this.#remaining === 0) this.#state = dataCr;
    return true;
  }

  /** One byte of a chunk's size line, or of the line break behind its data. */
  #readLineByte(byte: number): void {
    switch (this.#state) {
      case sizeStart:
      case inSize:
        this.#readSize(byte);
        break;
      case afterSize:
        if (byte === SEMICOLON) this.#state = inExtension;
        else if (byte !== SP && byte !== HTAB) throw this.#fault('a malformed chunk size');
        this.#countExtension();
        break;
      case inExtension:
      case inQuotes:
      case escaped:
        this.#readExtension(byte);
        break;
      case sizeEnd:
        if (byte !== LF) throw this.#fault('a bare CR behind a chunk size');
        this.#startChunk();
        break;
      case dataCr:
        if (byte !== CR) throw this.#fault('a chunk that is longer than its size');
        this.#state = dataLf;
        break;
      case dataLf:
        if (byte !== LF) throw this.#fault('a chunk that is longer than its size');
        this.#state = sizeStart;
        break;
      default:
        throw this.#fault('bytes behind the last chunk');
    }
  }

  #readSize(byte: number): void {
    const digit = hexValue(byte);
    if (digit >= 0) {
      // Above 2^53 a number would lose digits: the classic way to make two parsers count differently.
      if (this.#remaining >= 2 ** 49 || this.#digits === maxDigits) throw this.#fault('a chunk size that is too large');
      this.#digits++;
      this.#remaining = this.#remaining * 16 + digit;
      this.#state = inSize;
      return;
    }
    if (this.#state === sizeStart) throw this.#fault('a chunk without a size');
    if (byte === CR) this.#state = sizeEnd;
    else if (byte === SEMICOLON) this.#state = inExtension;
    else if (byte === SP || byte === HTAB) this.#state = afterSize;
    else throw this.#fault('a malformed chunk size');
  }

  /** A quote that never closes is refused: a reader that looks for its end would find it in the data. */
  #readExtension(byte: number): void {
    if (byte === CR && this.#state === inExtension) {
      this.#state = sizeEnd;
      return;
    }
    if (textBytes[byte] !== 1) throw this.#fault('a control character or an open quote in a chunk extension');
    if (this.#state === escaped) this.#state = inQuotes;
    else if (byte === DQUOTE) this.#state = this.#state === inQuotes ? inExtension : inQuotes;
    else if (byte === BACKSLASH && this.#state === inQuotes) this.#state = escaped;
    this.#countExtension();
  }

  /** Extensions are dropped, and must not be a way to keep us busy (RFC 9112 section 7.1.1). */
  #countExtension(): void {
    this.#extensionBytes++;
    if (this.#extensionBytes > extensionAllowance) throw this.#fault('too many bytes of chunk extensions');
  }

  #startChunk(): void {
    this.#digits = 0;
    if (this.#remaining > 0) {
      this.#state = inData;
      this.#extensionBytes = Math.max(0, this.#extensionBytes - this.#remaining);
      return;
    }
    this.#state = inTrailers;
    this.#fields.begin(0);
    this.#section.begin();
  }

  #finish(): void {
    this.#state = ended;
    this.complete = true;
    if (this.#fields.count > 0) {
      this.trailers = allowedTrailers(
        new WireHead(this.#section.text(), this.#fields.offsets(), this.#fields.hasUnderscores),
      );
    }
  }
}
