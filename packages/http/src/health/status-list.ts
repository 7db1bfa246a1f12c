// Lists of status codes as people write them: `200`, `'2xx'`, `'500-504'`; compiled into a question that costs one look-up.
import { describeValue, type OptionsReader } from '@sluice/core';

/** One status, a class of them, or a range with both ends. */
export type StatusRange = number | '1xx' | '2xx' | '3xx' | '4xx' | '5xx' | `${number}-${number}`;

/** Which statuses are meant. */
export interface StatusList {
  /** Whether a status is among them. */
  has(status: number): boolean;
  /** As they were written. */
  readonly text: string;
}

/** The statuses from 100 to 599: three digits that begin with the class (RFC 9110 section 15). */
const [first, last] = [100, 599];

/** Reads a list of statuses; an absent one is `usual`. */
export function readStatusList(reader: OptionsReader, key: string, usual: readonly StatusRange[]): StatusList {
  const flags = Array.from({ length: last + 1 }, () => false);
  const add = (value: unknown, path: string): string | undefined => {
    const [from, to] = parseRange(value);
    if (Number.isInteger(from) && from >= first && to <= last && from <= to) {
      flags.fill(true, from, to + 1);
      return String(value);
    }
    reader.issue(path, `must be a status, '5xx' or '500-504', got ${describeValue(value)}`);
    return undefined;
  };
  const words = reader.has(key) ? reader.list(key, add) : usual.map((value) => add(value, key));
  return { has: (status) => flags[status] === true, text: words.join(', ') };
}

function parseRange(value: unknown): readonly [from: number, to: number] {
  if (typeof value === 'number') return [value, value];
  const [, range, to, statusClass] = /^(?:(\d{3})-(\d{3})|([1-5])xx)$/.exec(String(value)) ?? [];
  if (statusClass !== undefined) return [Number(statusClass) * 100, Number(statusClass) * 100 + 99];
  return [Number(range), Number(to)];
}
