import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseWeightField } from './weight-field.ts';

test.each([
  ['50%', 50],
  ['50', 50],
  [' 0 % ', 0],
  ['100%', 100],
  ['drain', 0],
  ['Drain', 0],
  ['up', 100],
  ['ready', 100],
  ['101%', undefined],
  ['-5', undefined],
  ['1e1', undefined],
  ['50.5%', undefined],
  ['50%, 20%', undefined],
  ['', undefined],
])('%j: %s', (value, expected) => {
  expect(parseWeightField(value)).toBe(expected);
});

test('any text means a share or nothing', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      const percent = parseWeightField(text) ?? 0;
      return percent >= 0 && percent <= 100;
    }),
  );
});
