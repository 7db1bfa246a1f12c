// A table by host name, exact or with a wildcard in front. It knows no certificates and no routes.
import { normalizeHostName } from '../host-name.ts';

/** Values by host name; `*.example.org` stands for every name below `example.org`, however deep. */
export class HostNameTable<Value> {
  readonly #exact = new Map<string, Value>();
  /** By what stands behind the asterisk: `.example.org`. */
  readonly #below = new Map<string, Value>();

  /**
   * Adds an entry. Case, a final dot, and the script of international names do not matter.
   *
   * @returns what is wrong with the name, if anything; it is not added then.
   */
  add(pattern: string, value: Value): string | undefined {
    const name = normalizeHostName(pattern);
    if (name === undefined)
      return 'must be a host name, or one with an asterisk for its first label, such as *.example.org';
    const isWildcard = name.startsWith('*');
    const table = isWildcard ? this.#below : this.#exact;
    const key = isWildcard ? name.slice(1) : name;
    if (table.has(key)) return 'is there twice, written in another way';
    table.set(key, value);
    return undefined;
  }

  /** Finds the value for a name, which is in lower case and without a final dot: exact first, then the longest wildcard. */
  find(name: string): Value | undefined {
    const exact = this.#exact.get(name);
    if (exact !== undefined || this.#below.size === 0) return exact;
    for (let dot = name.indexOf('.', 1); dot > 0; dot = name.indexOf('.', dot + 1)) {
      const value = this.#below.get(name.slice(dot));
      if (value !== undefined) return value;
    }
    return undefined;
  }
}
