// Reads an options object once: checks types and ranges, fills in defaults, notices unknown keys, and reports everything at once.
import { closestName } from './closest-name.ts';
import { describeValue } from './describe-value.ts';
import { OptionsError, type OptionIssue } from './options-error.ts';
import type { NumberRange, OptionsReader } from './options-reader.ts';

type Optional<Value> = { readonly default?: Value };

class ObjectReader implements OptionsReader {
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
    return (this.raw(key) ?? undefined) !== undefined;
  }

  raw(key: string): unknown {
    this.#known.add(key);
    return this.#input[key];
  }

  issue(key: string, message: string): void {
    this.#issues.push({ path: this.#pathOf(key), message });
  }

  string(key: string, spec: { readonly default: string }): string;
  string(key: string): string | undefined;
  string(key: string, spec: Optional<string> = {}): string | undefined {
    const value = this.raw(key) ?? spec.default;
    if (value === undefined || typeof value === 'string') return value;
    return this.#wrong(key, 'a string', value, spec.default);
  }

  boolean(key: string, spec: { readonly default: boolean }): boolean;
  boolean(key: string): boolean | undefined;
  boolean(key: string, spec: Optional<boolean> = {}): boolean | undefined {
    const value = this.raw(key) ?? spec.default;
    if (value === undefined || typeof value === 'boolean') return value;
    return this.#wrong(key, 'true or false', value, spec.default);
  }

  integer(key: string, spec: { readonly default: number } & NumberRange): number;
  integer(key: string, spec?: NumberRange): number | undefined;
  integer(key: string, spec: Optional<number> & NumberRange = {}): number | undefined {
    return this.#numeric(key, 'an integer', spec, Number.isSafeInteger);
  }

  number(key: string, spec: { readonly default: number } & NumberRange): number;
  number(key: string, spec?: NumberRange): number | undefined;
  number(key: string, spec: Optional<number> & NumberRange = {}): number | undefined {
    return this.#numeric(key, 'a number', spec, Number.isFinite);
  }

  milliseconds(key: string, spec: { readonly default: number; readonly min?: number }): number;
  milliseconds(key: string, spec?: { readonly min?: number }): number | undefined;
  milliseconds(key: string, spec: Optional<number> & { readonly min?: number } = {}): number | undefined {
    if (this.raw(key) === false) return Infinity;
    return this.#numeric(key, 'milliseconds', { min: 0, ...spec, infinity: true }, Number.isFinite);
  }

  choice<Choice extends string>(key: string, choices: readonly Choice[], spec: { readonly default: Choice }): Choice;
  choice<Choice extends string>(key: string, choices: readonly Choice[]): Choice | undefined;
  choice<Choice extends string>(
    key: string,
    choices: readonly Choice[],
    spec: Optional<Choice> = {},
  ): Choice | undefined {
    const value = this.raw(key) ?? spec.default;
    const chosen = choices.find((choice) => choice === value);
    if (chosen !== undefined || value === undefined) return chosen;
    const close = typeof value === 'string' ? closestName(value, choices) : undefined;
    const hint = close === undefined ? '' : `, did you mean ${close}?`;
    this.issue(key, `must be one of ${choices.join(', ')}, got ${describeValue(value)}${hint}`);
    return spec.default;
  }

  nested<Result>(key: string, read: (reader: OptionsReader) => Result): Result {
    const path = this.#pathOf(key);
    // Something that is no object is reported once, and its defaults are read without reporting.
    return readObject(this.raw(key) ?? {}, path, this.#issues, read) ?? read(new ObjectReader({}, path, []));
  }

  list<Item>(key: string, readItem: (value: unknown, path: string) => Item | undefined): readonly Item[] {
    const value = this.raw(key) ?? [];
    if (!Array.isArray(value)) return this.#wrong(key, 'a list', value, []);
    return value.flatMap((item: unknown, index) => {
      const read = readItem(item, `${key}[${index}]`);
      return read === undefined ? [] : [read];
    });
  }

  function<Result extends (...parameters: never[]) => unknown>(key: string): Result | undefined {
    const value = this.raw(key) ?? undefined;
    if (value === undefined || typeof value === 'function') return value as Result | undefined;
    return this.#wrong(key, 'a function', value, undefined);
  }

  at<Result>(value: unknown, key: string, read: (reader: OptionsReader) => Result): Result | undefined {
    return readObject(value, this.#pathOf(key), this.#issues, read);
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
    spec: Optional<number> & NumberRange,
    fits: (value: number) => boolean,
  ): number | undefined {
    const value = this.raw(key) ?? spec.default;
    if (value === undefined) return undefined;
    const { min = -Infinity, max = Infinity, infinity = spec.default === Infinity } = spec;
    if (value === Infinity && infinity) return value;
    if (typeof value === 'number' && fits(value) && value >= min && value <= max) return value;
    return this.#wrong(key, what + describeRange(min, max), value, spec.default);
  }

  #wrong<Fallback>(key: string, expected: string, value: unknown, fallback: Fallback): Fallback {
    this.issue(key, `must be ${expected}, got ${describeValue(value)}`);
    return fallback;
  }

  #pathOf(key: string): string {
    return this.path === '' ? key : `${this.path}.${key}`;
  }
}

function describeRange(min: number, max: number): string {
  if (min === -Infinity) return max === Infinity ? '' : ` <= ${max}`;
  return max === Infinity ? ` >= ${min}` : ` from ${min} to ${max}`;
}

function readObject<Result>(
  value: unknown,
  path: string,
  issues: OptionIssue[],
  read: (reader: OptionsReader) => Result,
): Result | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    issues.push({ path, message: `must be an object, got ${describeValue(value)}` });
    return undefined;
  }
  const reader = new ObjectReader(value as Readonly<Record<string, unknown>>, path, issues);
  const result = read(reader);
  reader.finish();
  return result;
}

/**
 * Reads the options of a factory, all at once. The object is neither kept nor changed.
 *
 * @param name - What the options are of, for the message when they are no object at all.
 * @throws OptionsError (`SLUICE_OPTIONS_INVALID`) with every issue found, unknown keys included.
 */
export function resolveOptions<Result>(input: unknown, name: string, read: (reader: OptionsReader) => Result): Result {
  const issues: OptionIssue[] = [];
  const result = readObject(input, '', issues, read);
  if (issues.length > 0) {
    throw new OptionsError(issues.map((issue) => (issue.path === '' ? { ...issue, path: name } : issue)));
  }
  return result as Result;
}
