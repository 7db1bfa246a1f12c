import fc from 'fast-check';
import { expect, test } from 'vitest';
import { clientClaims } from './client-claims.ts';
import {
  fieldBits,
  fieldNumber,
  fieldNumberAt,
  hasBit,
  isKnownField,
  misspeltField,
  unknownField,
} from './known-fields.ts';

test('each known name has a number of its own, in any letter case', () => {
  const names = ['host', 'connection', 'via', 'transfer-encoding', ...clientClaims];
  const numbers = names.map(fieldNumber);
  expect(new Set(numbers).size).toBe(names.length);
  expect(numbers.every((number) => isKnownField(number) && number < 64)).toBe(true);
  expect(names.map((name) => fieldNumber(name.toUpperCase()))).toEqual(numbers);
});

test('all others share two numbers: one for names with an underscore', () => {
  expect([fieldNumber('x-tag'), fieldNumber(''), fieldNumber('hosts'), fieldNumber('__proto__')]).toEqual([
    unknownField,
    unknownField,
    unknownField,
    misspeltField,
  ]);
  expect(fieldNumber('x_forwarded_for')).toBe(misspeltField);
});

test('finds the same number for a name that stands in a text', () => {
  const name = fc.oneof(fc.constantFrom('Host', 'VIA', 'x-Real-ip', 'x_y'), fc.stringMatching(/^[A-Za-z_-]{1,20}$/));
  fc.assert(
    fc.property(fc.string(), name, fc.string(), (before, middle, after) => {
      const number = fieldNumberAt(`${before}${middle}${after}`, before.length, before.length + middle.length);
      expect(number).toBe(fieldNumber(middle));
    }),
  );
});

test('bits have the numbers of their names and no others', () => {
  const bits = fieldBits(['via', 'x-forwarded-client-cert', 'x-tag']);
  const has = (name: string): boolean => hasBit(bits, fieldNumber(name));
  expect([has('Via'), has('X-Forwarded-Client-Cert'), has('x-other'), has('host'), has('a_b')]).toEqual([
    true,
    true,
    true,
    false,
    false,
  ]);
});
