import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isAuthority, isFieldValue, isSameName, isToken, trimmedSlice } from './field-syntax.ts';

test('a token is made of tchars, at least one', () => {
  expect(["!#$%&'*+-.^_`|~09azAZ", 'GET', 'x'].every(isToken)).toBe(true);
  expect(['', ' ', 'a b', 'a:b', 'a(b', 'ä', 'a\u0000', 'a"', 'a/b', '☃'].some(isToken)).toBe(false);
});

test('tells tokens and values as the grammar of RFC 9110 does', () => {
  const text = fc.string({ unit: fc.integer({ min: 0, max: 0x120 }).map((code) => String.fromCharCode(code)) });
  fc.assert(
    fc.property(text, (value) => {
      expect(isToken(value)).toBe(/^[\w!#$%&'*+.^`|~-]+$/.test(value));
      expect(isFieldValue(value)).toBe(/^[\t\u0020-\u007e\u0080-\u00ff]*$/.test(value));
    }),
  );
});

test('a value has no control characters but tabs, and nothing past Latin-1', () => {
  expect(['', 'a b', '\t', 'ÿ', '~', '\u0080'].every(isFieldValue)).toBe(true);
  expect(['\r', '\n', '\u0000', '\u007f', '\u001b', 'Ā'].some(isFieldValue)).toBe(false);
});

test('an authority is a host and a port, and nothing a reader could take for its end', () => {
  const good = [
    'a.example',
    'a.example:8080',
    'a:',
    '[2001:db8::1]:80',
    '[::ffff:1.2.3.4]',
    'xn--bcher-kva.example',
    'a_b',
  ];
  expect(good.filter((text) => !isAuthority(text))).toEqual([]);
  const bad = ['', 'a/b', 'a@b', 'a b', 'a,b', 'a\\b', 'a?b', 'a#b', 'a"b', 'ä'];
  const ports = [
    ':80',
    'a:b',
    'a:80:80',
    'a:80@b',
    '::1',
    '[::1',
    '[]',
    '[::1]80',
    '[::1]:x',
    '[g]',
    'a]',
    'a[b]',
    '[a]b',
  ];
  expect([...bad, ...ports].filter(isAuthority)).toEqual([]);
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

test('only letters have a letter case', () => {
  expect([isSameName('@', '`'), isSameName('[', '{'), isSameName('\u00c9', '\u00e9')]).toEqual([false, false, false]);
});

test('trims spaces and tabs, and no other white space', () => {
  expect(trimmedSlice('xx \t a\u00a0 yy', 2, 8)).toBe('a\u00a0');
  expect(trimmedSlice('  ', 0, 2)).toBe('');
});
