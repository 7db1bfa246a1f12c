// Scans a section of field lines up to its empty line: response heads, trailers, request heads. It finds offsets and refuses
// what RFC 9112 section 5 forbids; it decodes nothing, and knows no field's meaning.
import type { Fault } from './fault.ts';
import { COLON, CR, HTAB, LF, nameBytes, SP, textBytes } from './octets.ts';

/** How much a section may hold. */
export interface FieldLimits {
  /** Bytes of the section, with what stands before its fields (a status line) and its empty line. */
  readonly maxBytes: number;
  /** Field lines. */
  readonly maxFields: number;
}

/** Numbers in the table for each field: start and end of its name, start and end of its value, and one that is left to others. */
export const offsetsPerField = 5;

const lineStart = 0;
const inName = 1;
const inValue = 2;
const lineEnd = 3;
const sectionEnd = 4;

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
  readonly #table: number[] = [];
  #state = lineStart;
  /** What kinds of bytes names are made of. */
  #kinds = 0;

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
    this.#kinds = 0;
  }

  /** Whether any name has a `_`. */
  get hasUnderscores(): boolean {
    return this.#kinds > 1;
  }

  /** The offsets of all fields, as a list of its own: the scanner's is used again. */
  offsets(): number[] {
    return this.#table.slice(0, this.count * offsetsPerField);
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
    // In local variables as long as it goes on: this loop sees every byte.
    let at = base + this.position;
    let state = this.#state;
    let kinds = 0;
    while (at < stop) {
      if (state === lineStart) {
        if (bytes[at] === CR) {
          state = sectionEnd;
          at++;
          continue;
        }
        this.#startLine(bytes[at] as number, at - base);
        state = inName;
      }
      if (state === inName) {
        let kind;
        while (at < stop && (kind = nameBytes[bytes[at] as number] as number) !== 0) {
          kinds |= kind;
          at++;
        }
        if (at === stop) break;
        this.#endName(bytes[at] as number, at - base);
        state = inValue;
        at++;
      }
      if (state === inValue) {
        while (at < stop && textBytes[bytes[at] as number] === 1) at++;
        if (at === stop) break;
        this.#endValue(bytes, base, at);
        state = lineEnd;
        at++;
        if (at === stop) break;
      }
      if (bytes[at] !== LF) throw this.#fault('a bare CR');
      at++;
      if (state === sectionEnd) {
        this.position = at - base;
        this.#kinds |= kinds;
        return true;
      }
      state = lineStart;
    }
    this.position = at - base;
    this.#state = state;
    this.#kinds |= kinds;
    if (this.position >= maxBytes) throw this.#excess(`more than ${maxBytes} bytes of fields`);
    return false;
  }

  #startLine(byte: number, at: number): void {
    // RFC 9112 section 5.2: a line that begins with white space would go on the one before (obs-fold).
    if (byte === SP || byte === HTAB) throw this.#fault('a folded field line');
    if (this.count === this.#limits.maxFields) throw this.#excess(`more than ${this.#limits.maxFields} field lines`);
    this.#table[this.count * offsetsPerField] = at;
  }

  #endName(byte: number, at: number): void {
    if (byte !== COLON) throw this.#fault(describeNameByte(byte));
    const entry = this.count * offsetsPerField;
    if (at === this.#table[entry]) throw this.#fault('a field line without a name');
    this.#table[entry + 1] = at;
  }

  /** The value, without the white space around it, stands between the name's colon and the byte at `at`. */
  #endValue(bytes: Uint8Array, base: number, at: number): void {
    if (bytes[at] !== CR) throw this.#fault(describeTextByte(bytes[at] as number));
    const entry = this.count * offsetsPerField;
    let start = base + (this.#table[entry + 1] as number) + 1;
    let end = at;
    while (start < end && (bytes[start] === SP || bytes[start] === HTAB)) start++;
    while (end > start && (bytes[end - 1] === SP || bytes[end - 1] === HTAB)) end--;
    this.#table[entry + 2] = start - base;
    this.#table[entry + 3] = end - base;
    this.#table[entry + 4] = 0;
    this.count++;
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
