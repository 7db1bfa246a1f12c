// Scans the head of an HTTP/1.1 request: request line, then fields. What its fields mean is message-framing.ts; what its target may be is
// request/request-check.ts.
import { FieldScanner, type FieldLimits } from './field-scanner.ts';
import { CR, DEL, isDigit, LF, SP, tokenBytes } from './octets.ts';
import { fieldsTooLarge, invalidRequest, targetTooLong, unknownVersion } from './request-faults.ts';
import type { SectionScanner } from './section-reader.ts';

/** How much a request's head may hold. */
export interface RequestHeadLimits extends FieldLimits {
  /** Bytes of the request-target. */
  readonly maxTargetBytes: number;
}

const version = Uint8Array.from('HTTP/1.', (character) => character.charCodeAt(0));
const majorAt = 5;
const minorAt = 7;

/** Longer than any registered method. */
const maxMethodBytes = 64;
/** Bytes of empty lines that may stand before a request: RFC 9112 section 2.2 asks for one line at least. */
const maxEmptyBytes = 16;

const beforeLine = 0;
const emptyLineEnd = 1;
const inMethod = 2;
const inTarget = 3;
const inVersion = 4;
const lineEnd = 5;
const inFields = 6;

/** An incremental scanner of request heads, used over and over. It needs the head's bytes in one piece: SectionReader sees to it. */
export class RequestScanner implements SectionScanner {
  /** The minor version: 0 or 1. */
  minor = 1;
  /** Offsets in the head. */
  methodStart = 0;
  methodEnd = 0;
  targetEnd = 0;
  readonly fields: FieldScanner;
  readonly #limits: RequestHeadLimits;
  #state = beforeLine;
  #position = 0;

  constructor(limits: RequestHeadLimits) {
    this.fields = new FieldScanner(limits, invalidRequest, fieldsTooLarge);
    this.#limits = limits;
  }

  get position(): number {
    return this.#state === inFields ? this.fields.position : this.#position;
  }

  /** Whether anything but empty lines has come. */
  get hasBegun(): boolean {
    return this.#state > emptyLineEnd;
  }

  /** Starts a new head. */
  begin(): void {
    this.#state = beforeLine;
    this.#position = 0;
  }

  scan(bytes: Uint8Array, base: number, end: number): boolean {
    if (this.#state !== inFields && !this.#scanRequestLine(bytes, base, end)) return false;
    return this.fields.scan(bytes, base, end);
  }

  /** RFC 9112 section 3: single spaces, nothing more; a lenient reading of this line is how requests are confused. */
  #scanRequestLine(bytes: Uint8Array, base: number, end: number): boolean {
    let at = base + this.#position;
    while (at < end && this.#state !== inFields) {
      if (this.#state === inTarget) at = this.#scanTarget(bytes, base, at, end);
      else if (this.#state === inMethod) at = this.#scanMethod(bytes, base, at, end);
      else {
        this.#takeByte(bytes[at] as number, at - base);
        at++;
      }
    }
    this.#position = at - base;
    return this.#state === inFields;
  }

  #scanMethod(bytes: Uint8Array, base: number, start: number, end: number): number {
    let at = start;
    while (at < end && tokenBytes[bytes[at] as number] === 1) at++;
    if (at - base - this.methodStart > maxMethodBytes) throw invalidRequest('a method that is too long');
    if (at === end) return at;
    if (bytes[at] !== SP || at - base === this.methodStart) throw invalidRequest('a method that is not a token');
    this.methodEnd = at - base;
    this.#state = inTarget;
    return at + 1;
  }

  #scanTarget(bytes: Uint8Array, base: number, start: number, end: number): number {
    const { maxTargetBytes } = this.#limits;
    let at = start;
    while (at < end) {
      const byte = bytes[at] as number;
      if (byte <= SP || byte === DEL) break;
      at++;
    }
    const length = at - base - this.methodEnd - 1;
    if (length > maxTargetBytes) throw targetTooLong(`a target of more than ${maxTargetBytes} bytes`);
    if (at === end) return at;
    if (bytes[at] !== SP || length === 0) throw invalidRequest('a malformed request line');
    this.targetEnd = at - base;
    this.#state = inVersion;
    return at + 1;
  }

  #takeByte(byte: number, at: number): void {
    switch (this.#state) {
      case beforeLine:
        if (byte === CR) this.#state = emptyLineEnd;
        else {
          if (tokenBytes[byte] !== 1) throw invalidRequest('a method that is not a token');
          this.methodStart = at;
          this.#state = inMethod;
        }
        break;
      case emptyLineEnd:
        if (byte !== LF || at >= maxEmptyBytes) throw invalidRequest('something else than a request line');
        this.#state = beforeLine;
        break;
      case inVersion:
        this.#takeVersionByte(byte, at - this.targetEnd - 1);
        break;
      default:
        if (byte !== LF) throw invalidRequest('a bare CR in the request line');
        this.#state = inFields;
        this.fields.begin(at + 1);
    }
  }

  #takeVersionByte(byte: number, at: number): void {
    if (at === majorAt || at === minorAt) {
      if (!isDigit(byte)) throw invalidRequest('a malformed version');
      if (byte !== 0x31 && (at === majorAt || byte !== 0x30)) throw unknownVersion('a version other than 1.0 and 1.1');
      this.minor = byte - 0x30;
    } else if (at < minorAt) {
      if (byte !== version[at]) throw invalidRequest('a malformed version');
    } else {
      if (byte !== CR) throw invalidRequest('a malformed request line');
      this.#state = lineEnd;
    }
  }
}
