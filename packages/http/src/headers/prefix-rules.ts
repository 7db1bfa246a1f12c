// Maps of prefixes, read from options: what they become, and in which order they are tried.
import { describeValue, type OptionsReader } from '@sluice/core';
import { isFieldValue } from './field-syntax.ts';

/** A prefix and what it becomes. */
export type PrefixRule = readonly [prefix: string, replacement: string];

/** Reads a map of texts that may stand in a field. The longest key comes first, so that the most specific rule wins. */
export function readPrefixRules(reader: OptionsReader, key: string): readonly PrefixRule[] {
  const map = reader.raw(key) ?? {};
  if (typeof map !== 'object' || map === null || Array.isArray(map)) {
    reader.issue(key, `must be an object of texts, got ${describeValue(map)}`);
    return [];
  }
  const rules: PrefixRule[] = [];
  for (const [prefix, replacement] of Object.entries(map)) {
    if (prefix === '') reader.issue(key, 'has an empty name');
    else if (typeof replacement === 'string' && isFieldValue(replacement)) rules.push([prefix, replacement]);
    else reader.issue(`${key}.${prefix}`, `must be text for a field, got ${describeValue(replacement)}`);
  }
  return Object.freeze(rules.toSorted(([one], [other]) => other.length - one.length));
}
