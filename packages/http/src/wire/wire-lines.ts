// How the lines of a head are kept: its text and a table of offsets, with edits beside them. What is done with lines is wire-head.ts.
import { isNameAt, isSameName } from '../headers/field-syntax.ts';
import { fieldNumber, fieldNumberAt, hasBit, isKnownField, knownNumberAt } from '../headers/known-fields.ts';
import type { NameSet } from '../headers/name-set.ts';
import { offsetsPerField } from './field-scanner.ts';

/** By how much the places of two lines differ. */
export const lineSize: number = offsetsPerField;

/**
 * The field lines of a head, whose text has one character for each byte.
 *
 *     text    H T T P / 1 . 1 ... H o s t :   a . e x a m p l e \r\n ...
 *     table  [ nameStart, nameEnd, valueStart, valueEnd, number,    a line in the text, with the number of its name
 *              -1 - i,    0,       0,          0,        number,    a line whose value was replaced: replaced[i], replaced[i + 1]
 *              ... ]
 *     added  [ name, value, ... ]                                   lines behind those of the table
 *
 * A line is found by its place: from 0 in the table, then on behind its end.
 */
export class WireLines {
  protected readonly text: string;
  protected table: number[];
  protected added: string[] | undefined;
  #replaced: string[] | undefined;
  /** Whether other lines have the same table. */
  #isShared = false;
  /** The numbers of all names that are there, and perhaps of some that were: what is not here needs no search. */
  #low = 0;
  #high = 0;

  /**
   * @param table - Of a scanner; it is filled in and kept.
   * @param hasUnderscores - Whether any name has a `_`.
   */
  constructor(text: string, table: number[], hasUnderscores: boolean) {
    this.text = text;
    this.table = table;
    const numberAt = hasUnderscores ? fieldNumberAt : knownNumberAt;
    for (let at = 0; at < table.length; at += lineSize) {
      const number = numberAt(text, table[at] as number, table[at + 1] as number);
      table[at + 4] = number;
      this.#note(number);
    }
  }

  /** Whether any of those names may be there; `false` is certain. */
  mayHave({ bits }: NameSet): boolean {
    return ((this.#low & bits.low) | (this.#high & bits.high)) !== 0;
  }

  /** Behind the last line. */
  protected get end(): number {
    return this.table.length + (this.added === undefined ? 0 : (this.added.length / 2) * lineSize);
  }

  protected nameAt(at: number): string {
    const { table } = this;
    if (at >= table.length) return this.added?.[this.#addedAt(at)] as string;
    const start = table[at] as number;
    return start < 0 ? (this.#replaced?.[-1 - start] as string) : this.text.slice(start, table[at + 1]);
  }

  protected valueAt(at: number): string {
    const { table } = this;
    if (at >= table.length) return this.added?.[this.#addedAt(at) + 1] as string;
    const start = table[at] as number;
    return start < 0 ? (this.#replaced?.[-start] as string) : this.text.slice(table[at + 2], table[at + 3]);
  }

  protected numberAt(at: number): number {
    return at < this.table.length ? (this.table[at + 4] as number) : fieldNumber(this.nameAt(at));
  }

  /** The place of the first line of that name from `from` on; -1 when there is none. */
  protected find(name: string, from: number): number {
    const number = fieldNumber(name);
    if (((number < 32 ? this.#low : this.#high) & (1 << (number & 31))) === 0) return -1;
    const { end } = this;
    for (let at = from; at < end; at += lineSize) {
      if (this.numberAt(at) === number && (isKnownField(number) || this.#isNamed(at, name))) return at;
    }
    return -1;
  }

  /** Whether the name of a line is in the set. */
  protected isIn(names: NameSet, at: number): boolean {
    const number = this.numberAt(at);
    if (!hasBit(names.bits, number)) return false;
    if (isKnownField(number)) return true;
    const start = this.#startOf(at);
    return start < 0 ? names.has(this.nameAt(at)) : names.hasAt(this.text, start, this.table[at + 1] as number);
  }

  protected addLine(name: string, value: string): void {
    this.#note(fieldNumber(name));
    if (this.added === undefined) this.added = [name, value];
    else this.added.push(name, value);
  }

  protected replaceLine(at: number, name: string, value: string): void {
    if (at >= this.table.length) {
      this.added?.splice(this.#addedAt(at), 2, name, value);
      return;
    }
    this.#own();
    this.#replaced ??= [];
    this.table[at] = -1 - this.#replaced.length;
    this.#replaced.push(name, value);
  }

  /** Deletes the lines from `first` on whose names are in the set. */
  protected deleteFrom(first: number, names: NameSet): void {
    const tableEnd = this.table.length;
    const { added } = this;
    if (added !== undefined) {
      const keptUntil = first < tableEnd ? 0 : this.#addedAt(first);
      this.added = added.filter((_, index) => index < keptUntil || !names.has(added[index & ~1] as string));
    }
    if (first >= tableEnd) return;
    this.#own();
    const { table } = this;
    let kept = first;
    for (let at = first; at < tableEnd; at += lineSize) {
      if (this.isIn(names, at)) continue;
      for (let part = 0; part < lineSize; part++) table[kept + part] = table[at + part] as number;
      kept += lineSize;
    }
    table.length = kept;
  }

  /** Gives a copy that was made of the same text, and nothing else, these lines; the first edit of either copies the table. */
  protected shareWith(copy: WireLines): void {
    copy.table = this.table;
    copy.#isShared = true;
    this.#isShared = true;
    copy.#low = this.#low;
    copy.#high = this.#high;
    copy.#replaced = this.#replaced?.slice();
    copy.added = this.added?.slice();
  }

  /** Where a line starts in the text; negative when it is not in the text. */
  #startOf(at: number): number {
    return at < this.table.length ? (this.table[at] as number) : -1;
  }

  #isNamed(at: number, name: string): boolean {
    const start = this.#startOf(at);
    if (start < 0) return isSameName(this.nameAt(at), name);
    return (this.table[at + 1] as number) - start === name.length && isNameAt(this.text, start, name);
  }

  #note(number: number): void {
    if (number < 32) this.#low |= 1 << number;
    else this.#high |= 1 << (number - 32);
  }

  /** Where a line that is not in the table stands in `added`. */
  #addedAt(at: number): number {
    return ((at - this.table.length) / lineSize) * 2;
  }

  /** Makes the table one that may be changed. */
  #own(): void {
    if (!this.#isShared) return;
    this.table = this.table.slice();
    this.#isShared = false;
  }
}
