import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isFieldValue, isSameName, isToken } from './field-syntax.ts';

test('a token is made of tchars, at least one', () => {
  expect(["!#$%&'*+-.^_`|~09azAZ", 'GET', 'x'].every(isToken)).toBe(true);
  expect(['', ' ', 'a b', 'a:b', 'a(b', 'ä', 'a\u0000', 'a"', 'a/b', '☃'].some(isToken)).toBe(false);
});

test('a value has no control characters but tabs, and nothing past Latin-1', () => {
  expect(['', 'a b', '\t', 'ÿ', '~'].every(isFieldValue)).toBe(true);
  expect(['\r', '\n', '\u0000', '\u007f', '\u001b', 'Ā'].some(isFieldValue)).toBe(false);
});

test('names are the same exactly when their lower-case forms are', () => {
  const name = fc.string({
    unit: fc.constantFrom('a', 'A', 'b', 'Z', 'z', '-', '_', '@', '`', '[', '{'),
    maxLength: 4,
  });
  fc.assert(
    fc.property(name, name, (one, other) => {
      expect(isSameName(one, other)).toBe(one.toLowerCase() === other.toLowerCase());
    }),
  );
});
