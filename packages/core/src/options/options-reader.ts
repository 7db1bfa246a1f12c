// What reading an options object looks like to those who read one. How it is done is resolve-options.ts.

/** A value's default; without one, an absent value is `undefined`. */
export interface OptionSpec<Value> {
  /** What an absent value reads as. */
  readonly default: Value;
}

/** The range of a number, both ends included. */
export interface NumberRange {
  /** The least. @defaultValue none */
  readonly min?: number;
  /** The most. @defaultValue none */
  readonly max?: number;
  /** Whether `Infinity` is fine, for "no limit". @defaultValue true when it is the default */
  readonly infinity?: boolean;
}

/**
 * Reads the keys of one object. `undefined` and `null` count as absent.
 *
 * What is wrong is noted and not thrown: the value returned then is the default, or something harmless, so that reading goes on.
 */
export interface OptionsReader {
  /** Where this object stands in the whole: `''`, `limits`, `endpoints[1]`. */
  readonly path: string;
  /** Whether a value is there. */
  has(key: string): boolean;
  /** Reads text. */
  string(key: string, spec: OptionSpec<string>): string;
  /** The same without a default. */
  string(key: string): string | undefined;
  /** Reads `true` or `false`. */
  boolean(key: string, spec: OptionSpec<boolean>): boolean;
  /** The same without a default. */
  boolean(key: string): boolean | undefined;
  /** Reads a whole number. */
  integer(key: string, spec: OptionSpec<number> & NumberRange): number;
  /** The same without a default. */
  integer(key: string, spec?: NumberRange): number | undefined;
  /** Reads any number but `NaN`. */
  number(key: string, spec: OptionSpec<number> & NumberRange): number;
  /** The same without a default. */
  number(key: string, spec?: NumberRange): number | undefined;
  /** Reads a duration, at least `min` (0). `false` and `Infinity` read as `Infinity`: no limit. */
  milliseconds(key: string, spec: OptionSpec<number> & { readonly min?: number }): number;
  /** The same without a default. */
  milliseconds(key: string, spec?: { readonly min?: number }): number | undefined;
  /** Reads one of a few words. */
  choice<Choice extends string>(key: string, choices: readonly Choice[], spec: OptionSpec<Choice>): Choice;
  /** The same without a default. */
  choice<Choice extends string>(key: string, choices: readonly Choice[]): Choice | undefined;
  /** Reads an object of its own; an absent one reads as `{}`, so that its defaults apply. */
  nested<Result>(key: string, read: (reader: OptionsReader) => Result): Result;
  /**
   * Reads a list; an absent one is empty. Items for which `readItem` returns `undefined` are left out.
   *
   * `path` is the item's key here, such as `endpoints[1]`: good for `issue` and `at`.
   */
  list<Item>(key: string, readItem: (value: unknown, path: string) => Item | undefined): readonly Item[];
  /**
   * Reads a function. Its parameters can not be checked.
   *
   * @typeParam Result - The function's type, which the caller vouches for.
   */
  function<Result extends (...parameters: never[]) => unknown>(key: string): Result | undefined;
  /** The value as it is, which the caller checks; what is wrong with it is reported through `issue`. */
  raw(key: string): unknown;
  /** Notes something wrong with a key of this object; `message` starts with a verb: `must be even`. */
  issue(key: string, message: string): void;
  /** Reads a value of any origin as an object that stands at `key`. `undefined` if it is none, which is noted. */
  at<Result>(value: unknown, key: string, read: (reader: OptionsReader) => Result): Result | undefined;
}
