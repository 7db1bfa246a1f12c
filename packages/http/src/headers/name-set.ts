// Sets of field names, compiled so that one walk over a message's fields finds all of them.
import { isSameName } from './field-syntax.ts';
import type { HeaderList } from './header-list.ts';

/** A set of field names; letter case does not count. */
export interface NameSet {
  has(name: string): boolean;
}

/** Names by their length and the last five bits of their last letter, which are the same in both cases: hardly ever two to a bucket. */
class HashedNames implements NameSet {
  readonly #longest: number;
  readonly #buckets: readonly (readonly string[] | undefined)[];

  constructor(names: readonly string[]) {
    this.#longest = names.reduce((length, name) => Math.max(length, name.length), 0);
    this.#buckets = Array.from({ length: (this.#longest + 1) * 32 }, (_, bucket) => {
      const members = names.filter((name) => bucketOf(name) === bucket);
      return members.length === 0 ? undefined : members;
    });
  }

  has(name: string): boolean {
    if (name.length > this.#longest) return false;
    const members = this.#buckets[bucketOf(name)];
    if (members === undefined) return false;
    for (let index = 0; index < members.length; index++) {
      if (isSameName(members[index] as string, name)) return true;
    }
    return false;
  }
}

function bucketOf(name: string): number {
  return name.length * 32 + (name.charCodeAt(name.length - 1) & 31);
}

/** Makes a set. */
export function createNameSet(names: readonly string[]): NameSet {
  return new HashedNames(names);
}

/** Makes a set that also has the spellings with `_` for `-`, which CGI and its heirs can not tell apart. */
export function createLooseNameSet(names: readonly string[]): NameSet {
  const exact = createNameSet(names);
  return { has: (name) => exact.has(name.includes('_') ? name.replaceAll('_', '-') : name) };
}

/** Makes a set of only those spellings: names that are not in the list, but are once `_` reads as `-`. */
export function createMisspeltNameSet(names: readonly string[]): NameSet {
  const exact = createNameSet(names);
  return { has: (name) => name.includes('_') && exact.has(name.replaceAll('_', '-')) };
}

/** Deletes all lines whose name is in the set. */
export function deleteNames(headers: HeaderList, names: NameSet): void {
  let found: string[] | undefined;
  headers.forEach((name) => {
    if (names.has(name)) (found ??= []).push(name);
  });
  if (found === undefined) return;
  for (const name of found) headers.delete(name);
}
