// The fields of a message as they came over the wire: the head's text and a table of offsets. Nothing is cut out of the text before
// somebody asks for it; edits stand beside it. The other implementation of HeaderList is headers/header-list.ts.
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
 *              -1 - i,    0,       0,          0,           a line whose value was replaced: replaced[i], replaced[i + 1]
 *              ... ]
 *     added  [ name, value, ... ]                           lines behind those of the table
 *
 * A line is found by where it stands: from 0 in the table, then on in `added`, four for each line.
 */
export class WireHead implements HeaderList {
  readonly #text: string;
  #table: number[];
  /** Whether another list has the same table. */
  #isShared: boolean;
  #replaced: string[] | undefined;
  #added: string[] | undefined;

  /** @param table - Becomes the head's own. */
  constructor(text: string, table: number[]) {
    this.#text = text;
    this.#table = table;
    this.#isShared = false;
  }

  get size(): number {
    return this.#end / entrySize;
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
    const at = this.#find(name, 0);
    if (at < 0) {
      this.append(name, value);
      return;
    }
    checkField(name, value);
    this.#replace(at, name, value);
    if (this.#find(name, at + entrySize) >= 0) this.#keep((other) => other <= at || !this.#isNamedAt(other, name));
  }

  append(name: string, value: string): void {
    checkField(name, value);
    if (this.#added === undefined) this.#added = [name, value];
    else this.#added.push(name, value);
  }

  delete(name: string): boolean {
    if (!this.has(name)) return false;
    this.#keep((at) => !this.#isNamedAt(at, name));
    return true;
  }

  deleteAll(names: NameSet): void {
    const end = this.#end;
    for (let at = 0; at < end; at += entrySize) {
      if (!this.#isIn(names, at)) continue;
      this.#keep((other) => other < at || !this.#isIn(names, other));
      return;
    }
  }

  forEach(visit: (name: string, value: string) => void): void {
    for (let at = 0; at < this.#end; at += entrySize) visit(this.#nameAt(at), this.#valueAt(at));
  }

  *[Symbol.iterator](): Iterator<[string, string]> {
    for (let at = 0; at < this.#end; at += entrySize) yield [this.#nameAt(at), this.#valueAt(at)];
  }

  toFlat(): string[] {
    const flat: string[] = [];
    this.forEach((name, value) => flat.push(name, value));
    return flat;
  }

  format(dropped: NameSet): string {
    let text = '';
    // Lines that stand one behind the other in the head are taken in one piece.
    let runStart = 0;
    let runEnd = -1;
    const end = this.#end;
    for (let at = 0; at < end; at += entrySize) {
      if (this.#isIn(dropped, at)) continue;
      const start = this.#startOf(at);
      const next = start < 0 ? -1 : (this.#table[at + 3] as number) + lineBreak;
      if (start < 0 || start !== runEnd) {
        if (runEnd >= 0) text += `${this.#text.slice(runStart, runEnd - lineBreak)}\r\n`;
        if (start < 0) text += `${this.#nameAt(at)}: ${this.#valueAt(at)}\r\n`;
        runStart = start;
      }
      runEnd = next;
    }
    return runEnd < 0 ? text : `${text}${this.#text.slice(runStart, runEnd - lineBreak)}\r\n`;
  }

  clone(): HeaderList {
    const copy = new WireHead(this.#text, this.#table);
    copy.#isShared = true;
    this.#isShared = true;
    copy.#replaced = this.#replaced?.slice();
    copy.#added = this.#added?.slice();
    return copy;
  }

  /** The length of the name of line `index`: tells most names apart without looking at them. */
  nameLength(index: number): number {
    const at = index * entrySize;
    const start = this.#startOf(at);
    return start < 0 ? this.#nameAt(at).length : (this.#table[at + 1] as number) - start;
  }

  /** Whether line `index` has that name. */
  isNamed(index: number, name: string): boolean {
    return this.#isNamedAt(index * entrySize, name);
  }

  /** The value of line `index`. */
  value(index: number): string {
    return this.#valueAt(index * entrySize);
  }

  /** Behind the last line. */
  get #end(): number {
    return this.#table.length + (this.#added === undefined ? 0 : this.#added.length * 2);
  }

  /** Where a line starts in the text; negative when it is not in the text. */
  #startOf(at: number): number {
    return at < this.#table.length ? (this.#table[at] as number) : -1;
  }

  #nameAt(at: number): string {
    const table = this.#table;
    if (at >= table.length) return this.#added?.[(at - table.length) / 2] as string;
    const start = table[at] as number;
    return start < 0 ? (this.#replaced?.[-1 - start] as string) : this.#text.slice(start, table[at + 1]);
  }

  #valueAt(at: number): string {
    const table = this.#table;
    if (at >= table.length) return this.#added?.[(at - table.length) / 2 + 1] as string;
    const start = table[at] as number;
    return start < 0 ? (this.#replaced?.[-start] as string) : this.#text.slice(table[at + 2], table[at + 3]);
  }

  #find(name: string, from: number): number {
    const end = this.#end;
    for (let at = from; at < end; at += entrySize) if (this.#isNamedAt(at, name)) return at;
    return -1;
  }

  #isNamedAt(at: number, name: string): boolean {
    const start = this.#startOf(at);
    if (start < 0) return isSameName(this.#nameAt(at), name);
    return (this.#table[at + 1] as number) - start === name.length && isNameAt(this.#text, start, name);
  }

  #isIn(names: NameSet, at: number): boolean {
    const start = this.#startOf(at);
    return start < 0 ? names.has(this.#nameAt(at)) : names.hasAt(this.#text, start, this.#table[at + 1] as number);
  }

  #replace(at: number, name: string, value: string): void {
    const tableEnd = this.#table.length;
    if (at >= tableEnd) {
      this.#added?.splice((at - tableEnd) / 2, 2, name, value);
      return;
    }
    this.#own();
    this.#replaced ??= [];
    this.#table[at] = -1 - this.#replaced.length;
    this.#replaced.push(name, value);
  }

  /** Keeps the lines for which `stays` says so; it is asked before anything has moved. */
  #keep(stays: (at: number) => boolean): void {
    this.#own();
    const table = this.#table;
    const tableEnd = table.length;
    this.#added = this.#added?.filter((_, index) => stays(tableEnd + (index >> 1) * entrySize));
    let kept = 0;
    for (let at = 0; at < tableEnd; at += entrySize) {
      if (!stays(at)) continue;
      if (kept < at) for (let part = 0; part < entrySize; part++) table[kept + part] = table[at + part] as number;
      kept += entrySize;
    }
    table.length = kept;
  }

  /** Makes the table one that may be changed. */
  #own(): void {
    if (!this.#isShared) return;
    this.#table = this.#table.slice();
    this.#isShared = false;
  }
}
