// Scans a section of field lines up to its empty line: response heads, trailers, request heads. It finds offsets and refuses
// what RFC 9112 section 5 forbids; it decodes nothing, and knows no field's meaning.
import type { Fault } from './fault.ts';
import { COLON, CR, DEL, HTAB, LF, SP, tokenBytes } from './octets.ts';

/** How much a section may hold. */
export interface FieldLimits {
  /** Bytes of the section, with what stands before its fields (a status line) and its empty line. */
  readonly maxBytes: number;
  /** Field lines. */
  readonly maxFields: number;
}

const lineStart = 0;
const inName = 1;
const beforeValue = 2;
const inValue = 3;
const lineEnd = 4;
const sectionEnd = 5;

/**
 * An incremental scanner, used over and over.
 *
 * All offsets are relative to the section's first byte. The bytes seen so far must stand in one piece at each call: SectionReader sees to it.
 */
export class FieldScanner {
  /** How many bytes of the section were scanned. */
  position = 0;
  /** How many field lines were found. */
  count = 0;
  readonly #limits: FieldLimits;
  readonly #fault: Fault;
  readonly #excess: Fault;
  /** Four offsets for each field: start and end of its name, start and end of its value. */
  readonly #table: number[] = [];
  #state = lineStart;

  /** @param excess - What is thrown past the limits, when that is something else than what malformed fields are. */
  constructor(limits: FieldLimits, fault: Fault, excess: Fault = fault) {
    this.#limits = limits;
    this.#fault = fault;
    this.#excess = excess;
  }

  /** Starts a new section, whose fields begin at `position`. */
  begin(position: number): void {
    this.position = position;
    this.count = 0;
    this.#state = lineStart;
  }

  /** The offsets of all fields, as a list of its own: the scanner's is used again. */
  offsets(): number[] {
    return this.#table.slice(0, this.count * 4);
  }

  /**
   * Scans on.
   *
   * @param base - Where the section starts in `bytes`.
   * @param end - Where the bytes that are there end.
   * @returns whether the section is complete; `position` is its length then.
   * @throws the fault, for malformed fields and past the limits.
   */
  scan(bytes: Uint8Array, base: number, end: number): boolean {
    const { maxBytes } = this.#limits;
    const stop = Math.min(end, base + maxBytes);
    let at = base + this.position;
    while (at < stop) {
      if (this.#state === inName) at = this.#scanName(bytes, base, at, stop);
      else if (this.#state === inValue) at = this.#scanValue(bytes, base, at, stop);
      else if (this.#state === beforeValue) at = this.#skipSpace(bytes, base, at, stop);
      else if (this.#state === lineStart) at = this.#startLine(bytes, base, at);
      else {
        if (bytes[at] !== LF) throw this.#fault('a bare CR');
        at++;
        if (this.#state === sectionEnd) {
          this.position = at - base;
          return true;
        }
        this.#state = lineStart;
      }
    }
    this.position = at - base;
    if (this.position >= maxBytes) throw this.#excess(`more than ${maxBytes} bytes of fields`);
    return false;
  }

  #startLine(bytes: Uint8Array, base: number, at: number): number {
    const byte = bytes[at];
    if (byte === CR) {
      this.#state = sectionEnd;
      return at + 1;
    }
    // RFC 9112 section 5.2: a line that begins with white space would go on the one before (obs-fold).
    if (byte === SP || byte === HTAB) throw this.#fault('a folded field line');
    if (this.count === this.#limits.maxFields) throw this.#excess(`more than ${this.#limits.maxFields} field lines`);
    this.#table[this.count * 4] = at - base;
    this.#state = inName;
    return at;
  }

  #scanName(bytes: Uint8Array, base: number, at: number, stop: number): number {
    while (at < stop && tokenBytes[bytes[at] as number] === 1) at++;
    if (at === stop) return at;
    if (bytes[at] !== COLON) throw this.#fault(describeNameByte(bytes[at] as number));
    const entry = this.count * 4;
    if (at - base === this.#table[entry]) throw this.#fault('a field line without a name');
    this.#table[entry + 1] = at - base;
    this.#state = beforeValue;
    return at + 1;
  }

  #skipSpace(bytes: Uint8Array, base: number, at: number, stop: number): number {
    while (at < stop && (bytes[at] === SP || bytes[at] === HTAB)) at++;
    if (at === stop) return at;
    this.#table[this.count * 4 + 2] = at - base;
    this.#state = inValue;
    return at;
  }

  #scanValue(bytes: Uint8Array, base: number, at: number, stop: number): number {
    let byte = 0;
    while (at < stop) {
      byte = bytes[at] as number;
      if ((byte < SP || byte === DEL) && byte !== HTAB) break;
      at++;
    }
    if (at === stop) return at;
    if (byte !== CR) throw this.#fault(describeTextByte(byte));
    const entry = this.count * 4;
    let end = at;
    const start = base + (this.#table[entry + 2] as number);
    while (end > start && (bytes[end - 1] === SP || bytes[end - 1] === HTAB)) end--;
    this.#table[entry + 3] = end - base;
    this.count++;
    this.#state = lineEnd;
    return at + 1;
  }
}

function describeNameByte(byte: number): string {
  // RFC 9112 section 5.1: parsers that disagree on "Name :" are how fields are smuggled.
  if (byte === SP || byte === HTAB) return 'white space in a field name or before its colon';
  if (byte === CR || byte === LF) return 'a field line without a colon';
  return 'a field name that is not a token';
}

/** Names a byte that may not stand in a value or a reason phrase. */
export function describeTextByte(byte: number): string {
  if (byte === LF) return 'a bare LF';
  if (byte === 0) return 'a NUL';
  return 'a control character';
}
