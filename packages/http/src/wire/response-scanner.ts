// Scans the head of an HTTP/1.1 response: status line, then fields. Which body follows is message-framing.ts.
import type { Fault } from './fault.ts';
import { describeTextByte, FieldScanner, type FieldLimits } from './field-scanner.ts';
import { CR, isDigit, LF, SP, textBytes } from './octets.ts';
import type { SectionScanner } from './section-reader.ts';

const version = Uint8Array.from('HTTP/1.', (character) => character.charCodeAt(0));
const minorAt = 7;
const statusAt = 9;
const reasonAt = 13;

/** An incremental scanner of response heads, used over and over. It needs the head's bytes in one piece: SectionReader sees to it. */
export class ResponseScanner implements SectionScanner {
  /** The minor version: 0 or 1. */
  minor = 1;
  status = 0;
  readonly fields: FieldScanner;
  readonly #maxBytes: number;
  readonly #fault: Fault;
  #position = 0;
  #reasonEnd = 0;
  #inStatusLine = true;

  constructor(limits: FieldLimits, fault: Fault) {
    this.fields = new FieldScanner(limits, fault);
    this.#maxBytes = limits.maxBytes;
    this.#fault = fault;
  }

  get position(): number {
    return this.#inStatusLine ? this.#position : this.fields.position;
  }

  /** Where the reason phrase stands in the head; empty when there is none. */
  get reasonStart(): number {
    return Math.min(reasonAt, this.#reasonEnd);
  }

  get reasonEnd(): number {
    return this.#reasonEnd;
  }

  /** Starts a new head. */
  begin(): void {
    this.#position = 0;
    this.#reasonEnd = 0;
    this.#inStatusLine = true;
    this.status = 0;
  }

  scan(bytes: Uint8Array, base: number, end: number): boolean {
    if (this.#inStatusLine && !this.#scanStatusLine(bytes, base, Math.min(end, base + this.#maxBytes))) return false;
    return this.fields.scan(bytes, base, end);
  }

  /** RFC 9112 section 4. Each byte is checked as it comes, so that something that is not HTTP is refused at once. */
  #scanStatusLine(bytes: Uint8Array, base: number, stop: number): boolean {
    let at = base + this.#position;
    while (at < stop && at - base < reasonAt) {
      this.#checkFixedByte(at - base, bytes[at] as number);
      at++;
      if (this.#reasonEnd !== 0) break;
    }
    if (this.#reasonEnd === 0 && at - base >= reasonAt) {
      while (at < stop && textBytes[bytes[at] as number] === 1) at++;
      if (at < stop) {
        if (bytes[at] !== CR) throw this.#fault(`${describeTextByte(bytes[at] as number)} in the status line`);
        this.#reasonEnd = at - base;
        at++;
      }
    }
    this.#position = at - base;
    if (this.#position >= this.#maxBytes) throw this.#fault(`more than ${this.#maxBytes} bytes of status line`);
    if (this.#reasonEnd === 0 || at >= stop) return false;
    if (bytes[at] !== LF) throw this.#fault('a bare CR in the status line');
    this.#inStatusLine = false;
    this.fields.begin(at - base + 1);
    return true;
  }

  #checkFixedByte(at: number, byte: number): void {
    if (at < minorAt) {
      if (byte !== version[at]) throw this.#fault('a status line that is not of HTTP/1');
    } else if (at === minorAt) {
      if (byte !== 0x30 && byte !== 0x31) throw this.#fault('an unknown version of HTTP/1');
      this.minor = byte - 0x30;
    } else if (at === statusAt - 1) {
      if (byte !== SP) throw this.#fault('a malformed status line');
    } else if (at < statusAt + 3) {
      if (!isDigit(byte) || (at === statusAt && byte === 0x30)) throw this.#fault('a status that is not three digits');
      this.status = this.status * 10 + byte - 0x30;
    } else if (byte === CR) {
      // The space before an empty reason phrase is required, but many servers leave both out, and nothing can be misread.
      this.#reasonEnd = at;
    } else if (byte !== SP) throw this.#fault('a status that is not three digits');
  }
}
