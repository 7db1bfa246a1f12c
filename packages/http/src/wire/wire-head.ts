// The fields of a message as they came over the wire: the head's text and a table of offsets. Nothing is cut out of the text before
// somebody asks for it; edits change the table. The other implementation of HeaderList is headers/header-list.ts.
import { isNameAt, isSameName } from '../headers/field-syntax.ts';
import { checkField, type HeaderList } from '../headers/header-list.ts';
import type { NameSet } from '../headers/name-set.ts';

const entrySize = 4;
/** Characters of a line break. */
const lineBreak = 2;

/**
 * A header list over the text of a head, which has one character for each byte.
 *
 *     text    H T T P / 1 . 1 ... H o s t :   a . e x a m p l e \r\n ...
 *     table  [ nameStart, nameEnd, valueStart, valueEnd,    a line in the text
 *              -1 - i,    0,       0,          0,           a line that was set or appended: edits[i], edits[i + 1]
 *              ... ]
 */
export class WireHead implements HeaderList {
  readonly #text: string;
  readonly #table: number[];
  #edits: string[] | undefined;

  /** @param table - Becomes the head's own. */
  constructor(text: string, table: number[], edits?: string[]) {
    this.#text = text;
    this.#table = table;
    this.#edits = edits;
  }

  get size(): number {
    return this.#table.length / entrySize;
  }

  get(name: string): string | undefined {
    const at = this.#find(name, 0);
    return at < 0 ? undefined : this.#valueAt(at);
  }

  getAll(name: string): string[] {
    const values: string[] = [];
    for (let at = this.#find(name, 0); at >= 0; at = this.#find(name, at + entrySize)) values.push(this.#valueAt(at));
    return values;
  }

  has(name: string): boolean {
    return this.#find(name, 0) >= 0;
  }

  set(name: string, value: string): void {
    checkField(name, value);
    const at = this.#find(name, 0);
    this.#edit(at < 0 ? this.#table.length : at, name, value);
    if (at >= 0) this.#deleteFrom(name, at + entrySize);
  }

  append(name: string, value: string): void {
    checkField(name, value);
    this.#edit(this.#table.length, name, value);
  }

  delete(name: string): boolean {
    return this.#deleteFrom(name, 0);
  }

  deleteAll(names: NameSet): void {
    const table = this.#table;
    let kept = 0;
    for (let at = 0; at < table.length; at += entrySize) {
      if (this.#isIn(names, at)) continue;
      if (kept !== at) this.#move(at, kept);
      kept += entrySize;
    }
    table.length = kept;
  }

  forEach(visit: (name: string, value: string) => void): void {
    for (let at = 0; at < this.#table.length; at += entrySize) visit(this.#nameAt(at), this.#valueAt(at));
  }

  *[Symbol.iterator](): Iterator<[string, string]> {
    for (let at = 0; at < this.#table.length; at += entrySize) yield [this.#nameAt(at), this.#valueAt(at)];
  }

  toFlat(): string[] {
    const flat: string[] = [];
    for (let at = 0; at < this.#table.length; at += entrySize) flat.push(this.#nameAt(at), this.#valueAt(at));
    return flat;
  }

  format(dropped: NameSet): string {
    const table = this.#table;
    let text = '';
    // Lines that stand one behind the other in the head are taken in one piece.
    let runStart = 0;
    let runEnd = -1;
    for (let at = 0; at < table.length; at += entrySize) {
      if (this.#isIn(dropped, at)) continue;
      const start = this.#offset(at);
      if (start >= 0 && start === runEnd) {
        runEnd = this.#offset(at + 3) + lineBreak;
        continue;
      }
      if (runEnd >= 0) text += `${this.#text.slice(runStart, runEnd - lineBreak)}\r\n`;
      if (start < 0) text += `${this.#nameAt(at)}: ${this.#valueAt(at)}\r\n`;
      runStart = start;
      runEnd = start < 0 ? -1 : this.#offset(at + 3) + lineBreak;
    }
    return runEnd < 0 ? text : `${text}${this.#text.slice(runStart, runEnd - lineBreak)}\r\n`;
  }

  clone(): HeaderList {
    return new WireHead(this.#text, this.#table.slice(), this.#edits?.slice());
  }

  /** The length of the name of line `index`: tells most names apart without looking at them. */
  nameLength(index: number): number {
    const at = index * entrySize;
    const start = this.#offset(at);
    return start < 0 ? this.#nameAt(at).length : this.#offset(at + 1) - start;
  }

  /** Whether line `index` has that name. */
  isNamed(index: number, name: string): boolean {
    return this.#isNamedAt(index * entrySize, name);
  }

  /** The value of line `index`. */
  value(index: number): string {
    return this.#valueAt(index * entrySize);
  }

  #offset(at: number): number {
    return this.#table[at] as number;
  }

  #nameAt(at: number): string {
    const start = this.#offset(at);
    return start < 0 ? (this.#edits?.[-1 - start] ?? '') : this.#text.slice(start, this.#offset(at + 1));
  }

  #valueAt(at: number): string {
    const start = this.#offset(at);
    return start < 0 ? (this.#edits?.[-start] ?? '') : this.#text.slice(this.#offset(at + 2), this.#offset(at + 3));
  }

  #find(name: string, from: number): number {
    for (let at = from; at < this.#table.length; at += entrySize) if (this.#isNamedAt(at, name)) return at;
    return -1;
  }

  #isNamedAt(at: number, name: string): boolean {
    const start = this.#offset(at);
    if (start < 0) return isSameName(this.#nameAt(at), name);
    return this.#offset(at + 1) - start === name.length && isNameAt(this.#text, start, name);
  }

  #edit(at: number, name: string, value: string): void {
    this.#edits ??= [];
    this.#table[at] = -1 - this.#edits.length;
    this.#table[at + 1] = 0;
    this.#table[at + 2] = 0;
    this.#table[at + 3] = 0;
    this.#edits.push(name, value);
  }

  #isIn(names: NameSet, at: number): boolean {
    const start = this.#offset(at);
    return start < 0 ? names.has(this.#nameAt(at)) : names.hasAt(this.#text, start, this.#offset(at + 1));
  }

  #deleteFrom(name: string, from: number): boolean {
    const first = this.#find(name, from);
    if (first < 0) return false;
    const table = this.#table;
    let kept = first;
    for (let at = first + entrySize; at < table.length; at += entrySize) {
      if (this.#isNamedAt(at, name)) continue;
      this.#move(at, kept);
      kept += entrySize;
    }
    table.length = kept;
    return true;
  }

  #move(from: number, to: number): void {
    const table = this.#table;
    table[to] = table[from] as number;
    table[to + 1] = table[from + 1] as number;
    table[to + 2] = table[from + 2] as number;
    table[to + 3] = table[from + 3] as number;
  }
}
