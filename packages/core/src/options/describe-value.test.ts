import { expect, test } from 'vitest';
import { describeValue } from './describe-value.ts';

test.each([
  ['2', '"2" (string)'],
  ['a\n"b"', '"a\\n\\"b\\"" (string)'],
  ['x'.repeat(100), `"${'x'.repeat(60)}…" (string)`],
  [1.5, '1.5'],
  [Number.NaN, 'NaN'],
  [true, 'true'],
  [null, 'null'],
  [undefined, 'undefined'],
  [[1], 'a list'],
  [{}, 'an object'],
  [() => 1, 'a function'],
  [10n, 'a bigint'],
  [Symbol('s'), 'a symbol'],
])('%s reads as %s', (value, expected) => {
  expect(describeValue(value)).toBe(expected);
});
