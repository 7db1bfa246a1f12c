// The fields of a message, as they stand on the wire: in order, with duplicates and letter case. This file has the interface and the
// implementation over a flat list; the one over a message's bytes is wire/wire-head.ts.
import { httpError } from '../errors.ts';
import { isFieldValue, isSameName, isToken } from './field-syntax.ts';
import { fieldNumber, isKnownField } from './known-fields.ts';
import type { NameSet } from './name-set.ts';

/** An ordered list of field lines. Names compare without letter case; values are text of Latin-1 characters. */
export interface HeaderList {
  /** How many field lines there are. */
  readonly size: number;
  /** The value of the first line of that name. */
  get(name: string): string | undefined;
  /** The values of all lines of that name, in order. */
  getAll(name: string): string[];
  /** Whether there is a line of that name. */
  has(name: string): boolean;
  /**
   * Replaces the value of the first line of that name and removes the others; appends a line when there is none.
   *
   * @throws ProxyError `SLUICE_INTERNAL` when the name is no token or the value has a line break or another control character.
   */
  set(name: string, value: string): void;
  /** Adds a line behind the others. @throws ProxyError as `set` does */
  append(name: string, value: string): void;
  /** Removes all lines of that name. @returns whether there were any */
  delete(name: string): boolean;
  /** Removes all lines whose name is in the set. */
  deleteAll(names: NameSet): void;
  /** Visits every line in order. The list must not change meanwhile. */
  forEach(visit: (name: string, value: string) => void): void;
  /** All lines in order, as pairs of name and value. */
  [Symbol.iterator](): Iterator<[string, string]>;
  /** `[name, value, name, value]`, in order; the array is the caller's. */
  toFlat(): string[];
  /**
   * The lines as they stand on the wire, each with its line break, without those whose name is in the set.
   *
   * @throws ProxyError `SLUICE_INTERNAL` for a line that must not be sent
   */
  format(dropped: NameSet): string;
  /** An independent copy. */
  clone(): HeaderList;
}

/** Checks a line that somebody wants to add. @throws ProxyError `SLUICE_INTERNAL` */
export function checkField(name: string, value: string): void {
  if (!isKnownField(fieldNumber(name)) && !isToken(name))
    throw httpError('SLUICE_INTERNAL', `${JSON.stringify(name)} is not a field name`);
  if (!isFieldValue(value)) {
    throw httpError(
      'SLUICE_INTERNAL',
      `the value for the field ${name} has a line break or another character that must not be sent`,
    );
  }
}

class FlatHeaderList implements HeaderList {
  #flat: readonly string[] | string[];
  #owned: boolean;

  constructor(flat: readonly string[], owned: boolean) {
    this.#flat = flat;
    this.#owned = owned;
  }

  get size(): number {
    return this.#flat.length >> 1;
  }

  get(name: string): string | undefined {
    const at = this.#indexOf(name, 0);
    return at < 0 ? undefined : this.#flat[at + 1];
  }

  getAll(name: string): string[] {
    const values: string[] = [];
    for (let at = this.#indexOf(name, 0); at >= 0; at = this.#indexOf(name, at + 2))
      values.push(this.#flat[at + 1] ?? '');
    return values;
  }

  has(name: string): boolean {
    return this.#indexOf(name, 0) >= 0;
  }

  set(name: string, value: string): void {
    checkField(name, value);
    const flat = this.#own();
    const at = this.#indexOf(name, 0);
    if (at < 0) {
      flat.push(name, value);
      return;
    }
    flat[at] = name;
    flat[at + 1] = value;
    this.#deleteFrom(name, at + 2);
  }

  append(name: string, value: string): void {
    checkField(name, value);
    this.#own().push(name, value);
  }

  delete(name: string): boolean {
    return this.#deleteFrom(name, 0);
  }

  deleteAll(names: NameSet): void {
    const flat = this.#flat;
    let first = 0;
    while (first < flat.length && !names.has(flat[first] ?? '')) first += 2;
    if (first < flat.length) this.#compact(first, (name) => names.has(name));
  }

  forEach(visit: (name: string, value: string) => void): void {
    const flat = this.#flat;
    for (let at = 0; at < flat.length; at += 2) visit(flat[at] ?? '', flat[at + 1] ?? '');
  }

  *[Symbol.iterator](): Iterator<[string, string]> {
    const flat = this.#flat;
    for (let at = 0; at < flat.length; at += 2) yield [flat[at] ?? '', flat[at + 1] ?? ''];
  }

  toFlat(): string[] {
    return this.#flat.slice();
  }

  format(dropped: NameSet): string {
    let text = '';
    this.forEach((name, value) => {
      if (dropped.has(name)) return;
      checkField(name, value);
      text += `${name}: ${value}\r\n`;
    });
    return text;
  }

  clone(): HeaderList {
    return new FlatHeaderList(this.#flat.slice(), true);
  }

  #indexOf(name: string, from: number): number {
    const flat = this.#flat;
    for (let at = from; at < flat.length; at += 2) {
      if (isSameName(flat[at] ?? '', name)) return at;
    }
    return -1;
  }

  #deleteFrom(name: string, from: number): boolean {
    const first = this.#indexOf(name, from);
    if (first >= 0) this.#compact(first, (other) => isSameName(other, name));
    return first >= 0;
  }

  #compact(first: number, isDropped: (name: string) => boolean): void {
    const flat = this.#own();
    let kept = first;
    for (let at = first; at < flat.length; at += 2) {
      const name = flat[at] ?? '';
      if (isDropped(name)) continue;
      flat[kept] = name;
      flat[kept + 1] = flat[at + 1] ?? '';
      kept += 2;
    }
    flat.length = kept;
  }

  /** The list, as one of our own: what was passed in is never changed. */
  #own(): string[] {
    if (!this.#owned) {
      this.#flat = this.#flat.slice();
      this.#owned = true;
    }
    return this.#flat as string[];
  }
}

/**
 * Makes a list of fields.
 *
 * @param flat - `[name, value, name, value]`, the shape of node's `rawHeaders`. It is not checked, not changed, and copied only before the first edit.
 */
export function createHeaderList(flat: readonly string[] = []): HeaderList {
  return new FlatHeaderList(flat, false);
}
