// Sets of field names, compiled so that one walk over a message's fields finds all of them.
import { isNameAt } from './field-syntax.ts';
import { fieldBits, misspeltField, type FieldBits } from './known-fields.ts';

/** A set of field names; letter case does not count. `createNameSet` makes one. */
export interface NameSet {
  /** Whether the name is in the set. */
  has(name: string): boolean;
  /** Whether the name from `start` to `end` of a text is in the set. */
  hasAt(text: string, start: number, end: number): boolean;
  /**
   * By the numbers of known-fields.ts: which of the known fields are in the set, and whether names without a number of their own may be.
   *
   * @internal
   */
  readonly bits: FieldBits;
}

/** Names by their length and the last five bits of their last letter, which are the same in both cases: hardly ever two to a bucket. */
class HashedNames implements NameSet {
  readonly bits: FieldBits;
  readonly #longest: number;
  readonly #buckets: readonly (readonly string[] | undefined)[];

  constructor(names: readonly string[]) {
    this.bits = fieldBits(names);
    this.#longest = names.reduce((length, name) => Math.max(length, name.length), 0);
    this.#buckets = Array.from({ length: (this.#longest + 1) * 32 }, (_, bucket) => {
      const members = names.filter((name) => bucketOf(name) === bucket);
      return members.length === 0 ? undefined : members;
    });
  }

  has(name: string): boolean {
    return this.hasAt(name, 0, name.length);
  }

  hasAt(text: string, start: number, end: number): boolean {
    const length = end - start;
    if (length > this.#longest) return false;
    const members = this.#buckets[length * 32 + (text.charCodeAt(end - 1) & 31)];
    if (members === undefined) return false;
    for (let index = 0; index < members.length; index++) {
      if (isNameAt(text, start, members[index] as string)) return true;
    }
    return false;
  }
}

function bucketOf(name: string): number {
  return name.length * 32 + (name.charCodeAt(name.length - 1) & 31);
}

/** Names that are looked up by another spelling when they have a `_`. */
class RespeltNames implements NameSet {
  readonly bits: FieldBits;
  readonly #exact: NameSet;
  readonly #plain: NameSet | undefined;

  /** @param plain - The names that count without a `_`. */
  constructor(exact: NameSet, plain: NameSet | undefined) {
    this.#exact = exact;
    this.#plain = plain;
    const { low, high } = plain?.bits ?? { low: 0, high: 0 };
    this.bits = { low: low | (1 << misspeltField), high };
  }

  has(name: string): boolean {
    return this.hasAt(name, 0, name.length);
  }

  hasAt(text: string, start: number, end: number): boolean {
    if (!hasUnderscore(text, start, end)) return this.#plain?.hasAt(text, start, end) ?? false;
    return this.#exact.has(text.slice(start, end).replaceAll('_', '-'));
  }
}

function hasUnderscore(text: string, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if (text.charCodeAt(at) === 0x5f) return true;
  return false;
}

/** Compiles a set of field names, for `HeaderList.deleteAll` and `format`: one walk over the fields then finds all of them. */
export function createNameSet(names: readonly string[]): NameSet {
  return new HashedNames(names);
}

/** Makes a set that also has the spellings with `_` for `-`, which CGI and its heirs can not tell apart. */
export function createLooseNameSet(names: readonly string[]): NameSet {
  const exact = createNameSet(names);
  return new RespeltNames(exact, exact);
}

/** Makes a set of only those spellings: names that are not in the list, but are once `_` reads as `-`. */
export function createMisspeltNameSet(names: readonly string[]): NameSet {
  return new RespeltNames(createNameSet(names), undefined);
}
