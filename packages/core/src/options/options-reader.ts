// Reads an options object once: checks types and ranges, fills in defaults, notices unknown keys, and reports everything at once.
import { closestName } from './closest-name.ts';
import { OptionsError, type OptionIssue } from './options-error.ts';

/** A default, or none. */
export interface OptionSpec<T> {
  readonly default?: T;
}

/** A number's default and range. */
export interface NumberSpec extends OptionSpec<number> {
  readonly min?: number;
  readonly max?: number;
}

/** Reads the keys of one object. What is wrong is noted; the value returned then is the default, or something harmless. */
export interface OptionsReader {
  /** Where this object stands in the whole: `''`, `limits`, `endpoints[1]`. */
  readonly path: string;
  has(key: string): boolean;
  string(key: string, spec: { readonly default: string }): string;
  string(key: string, spec?: OptionSpec<string>): string | undefined;
  boolean(key: string, spec: { readonly default: boolean }): boolean;
  /** A whole number; `Infinity` counts as one when `max` allows it. */
  integer(key: string, spec: NumberSpec & { readonly default: number }): number;
  number(key: string, spec: NumberSpec & { readonly default: number }): number;
  /** A duration in milliseconds; `false` reads as `Infinity`: no limit. */
  milliseconds(key: string, spec: { readonly default: number; readonly min?: number }): number;
  choice<T extends string>(key: string, choices: readonly T[], spec: { readonly default: T }): T;
  /** An object of its own; `undefined` reads as `{}`, so that its defaults apply. */
  nested<T>(key: string, read: (reader: OptionsReader) => T): T;
  /** A list; `undefined` reads as an empty one. Items for which `readItem` returns `undefined` are left out. */
  list<T>(key: string, readItem: (value: unknown, path: string) => T | undefined): readonly T[];
  function<F extends (...args: never[]) => unknown>(key: string): F | undefined;
  /** The value as it is; the caller checks it and reports through `issue`. */
  raw(key: string): unknown;
  /** Notes something wrong. */
  issue(key: string, message: string): void;
  /** Reads a value that stands elsewhere as an object, with the issues of this reader. */
  at<T>(value: unknown, path: string, read: (reader: OptionsReader) => T): T | undefined;
}

/** How a wrong value reads in a message: `"2" (string)`. */
export function describeValue(value: unknown): string {
  if (value === null || value === undefined || typeof value === 'number' || typeof value === 'boolean')
    return String(value);
  if (typeof value === 'string') return `"${value.length > 60 ? `${value.slice(0, 60)}…` : value}" (string)`;
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}

class Reader implements OptionsReader {
  readonly path: string;
  readonly #input: Readonly<Record<string, unknown>>;
  readonly #issues: OptionIssue[];
  readonly #known = new Set<string>();

  constructor(input: Readonly<Record<string, unknown>>, path: string, issues: OptionIssue[]) {
    this.#input = input;
    this.path = path;
    this.#issues = issues;
  }

  has(key: string): boolean {
    return this.raw(key) !== undefined;
  }

  raw(key: string): unknown {
    this.#known.add(key);
    return this.#input[key];
  }

  issue(key: string, message: string): void {
    this.#issues.push({ path: this.#pathOf(key), message });
  }

  string(key: string, spec: { readonly default: string }): string;
  string(key: string, spec?: OptionSpec<string>): string | undefined;
  string(key: string, spec: OptionSpec<string> = {}): string | undefined {
    const value = this.raw(key) ?? spec.default;
    if (value === undefined || typeof value === 'string') return value;
    return this.#wrong(key, 'a string', value, spec.default);
  }

  boolean(key: string, spec: { readonly default: boolean }): boolean {
    const value = this.raw(key) ?? spec.default;
    return typeof value === 'boolean' ? value : this.#wrong(key, 'true or false', value, spec.default);
  }

  integer(key: string, spec: NumberSpec & { readonly default: number }): number {
    const whole = (value: number): boolean => Number.isSafeInteger(value) || value === Infinity;
    return this.#numeric(key, 'an integer', whole, { max: Number.MAX_SAFE_INTEGER, ...spec });
  }

  number(key: string, spec: NumberSpec & { readonly default: number }): number {
    return this.#numeric(key, 'a number', () => true, spec);
  }

  milliseconds(key: string, spec: { readonly default: number; readonly min?: number }): number {
    if (this.raw(key) === false) return Infinity;
    return this.#numeric(key, 'milliseconds', () => true, { min: 0, ...spec });
  }

  choice<T extends string>(key: string, choices: readonly T[], spec: { readonly default: T }): T {
    const value = this.raw(key) ?? spec.default;
    const chosen = choices.find((choice) => choice === value);
    if (chosen !== undefined) return chosen;
    const close = typeof value === 'string' ? closestName(value, choices) : undefined;
    const hint = close === undefined ? '' : `, did you mean ${close}?`;
    this.issue(key, `must be one of ${choices.join(', ')}, got ${describeValue(value)}${hint}`);
    return spec.default;
  }

  nested<T>(key: string, read: (reader: OptionsReader) => T): T {
    return (
      readObject(this.raw(key) ?? {}, this.#pathOf(key), this.#issues, read) ??
      read(new Reader({}, this.#pathOf(key), []))
    );
  }

  list<T>(key: string, readItem: (value: unknown, path: string) => T | undefined): readonly T[] {
    const value = this.raw(key) ?? [];
    if (!Array.isArray(value)) return this.#wrong(key, 'a list', value, []);
    return value.flatMap((item: unknown, index) => {
      const read = readItem(item, `${key}[${index}]`);
      return read === undefined ? [] : [read];
    });
  }

  function<F extends (...args: never[]) => unknown>(key: string): F | undefined {
    const value = this.raw(key);
    if (value === undefined || typeof value === 'function') return value as F | undefined;
    return this.#wrong(key, 'a function', value, undefined);
  }

  at<T>(value: unknown, path: string, read: (reader: OptionsReader) => T): T | undefined {
    return readObject(value, this.#pathOf(path), this.#issues, read);
  }

  /** Notes the keys that nobody asked for. */
  finish(): void {
    for (const key of Object.keys(this.#input)) {
      if (this.#known.has(key)) continue;
      const close = closestName(key, this.#known);
      this.issue(key, `is unknown${close === undefined ? '' : `, did you mean ${close}?`}`);
    }
  }

  #numeric(
    key: string,
    what: string,
    fits: (value: number) => boolean,
    spec: NumberSpec & { readonly default: number },
  ): number {
    const value = this.raw(key) ?? spec.default;
    const { min = -Infinity, max = Infinity } = spec;
    if (
      typeof value === 'number' &&
      fits(value) &&
      value >= min &&
      (value <= max || (value === Infinity && spec.default === Infinity))
    ) {
      return value;
    }
    const range =
      max === Infinity || max === Number.MAX_SAFE_INTEGER
        ? min === -Infinity
          ? ''
          : ` >= ${min}`
        : ` from ${min} to ${max}`;
    return this.#wrong(key, `${what}${range}`, value, spec.default);
  }

  #wrong<T>(key: string, expected: string, value: unknown, fallback: T): T {
    this.issue(key, `must be ${expected}, got ${describeValue(value)}`);
    return fallback;
  }

  #pathOf(key: string): string {
    return this.path === '' ? key : key.startsWith('[') ? `${this.path}${key}` : `${this.path}.${key}`;
  }
}

function readObject<T>(
  value: unknown,
  path: string,
  issues: OptionIssue[],
  read: (reader: OptionsReader) => T,
): T | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    issues.push({ path, message: `must be an object, got ${describeValue(value)}` });
    return undefined;
  }
  const reader = new Reader(value as Readonly<Record<string, unknown>>, path, issues);
  const result = read(reader);
  reader.finish();
  return result;
}

/**
 * Reads the options of a factory.
 *
 * @param name - What the options are of, for the message when they are no object at all.
 * @throws OptionsError with every issue found.
 */
export function resolveOptions<T>(input: unknown, name: string, read: (reader: OptionsReader) => T): T {
  const issues: OptionIssue[] = [];
  const result = readObject(input, '', issues, read);
  if (issues.length > 0 || result === undefined) {
    throw new OptionsError(issues.map((issue) => (issue.path === '' ? { ...issue, path: name } : issue)));
  }
  return result;
}
