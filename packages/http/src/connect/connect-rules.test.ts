import { resolveOptions } from '@sluice/core';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseConnectRule, readConnectRules } from './connect-rules.ts';
import { parseConnectTarget } from './connect-target.ts';

function allows(allow: readonly string[], target: string): boolean {
  const parsed = parseConnectTarget(target);
  if (parsed === undefined) throw new Error(`no target: ${target}`);
  return resolveOptions({ allow }, 'connect', (reader) => readConnectRules(reader, 'allow')).allow(parsed);
}

test.each([
  [
    'Example.com:443',
    ['example.com:443', 'EXAMPLE.COM.:443'],
    ['example.com:80', 'www.example.com:443', 'ample.com:443'],
  ],
  [
    '*.example.com:443',
    ['a.example.com:443', 'A.b.Example.com:443'],
    ['example.com:443', 'a.example.com:25', 'aexample.com:443', 'a.example.com.evil:443'],
  ],
  ['*:443', ['a:443', 'a.b:443'], ['a:80', '192.0.2.1:443', '[2001:db8::1]:443']],
  ['db.internal:*', ['db.internal:1', 'db.internal:65535'], ['a.db.internal:1']],
  ['192.0.2.1:22', ['192.0.2.1:22'], ['192.0.2.1:23', '192.0.2.2:22', '[::ffff:192.0.2.1]:22']],
  ['[2001:DB8:0::1]:*', ['[2001:db8::1]:22'], ['[2001:db8::2]:22']],
  ['b\u00fccher.example:443', ['xn--bcher-kva.example:443'], ['bcher.example:443']],
])('%s allows its targets, and no others', (rule, allowed, denied) => {
  expect(allowed.filter((target) => !allows([rule], target))).toEqual([]);
  expect(denied.filter((target) => allows([rule], target))).toEqual([]);
});

test('one entry of several is enough', () => {
  expect(['a:1', 'b:2', 'b:1'].map((target) => allows(['a:1', 'b:2'], target))).toEqual([true, true, false]);
});

test.each([
  '',
  'a',
  'a:',
  ':443',
  'a:0',
  'a:65536',
  '*:*',
  '*',
  '*.:443',
  '*a.example:443',
  'a.*.example:443',
  '*.*.example:443',
  '*.127.0.0.1:80',
  '127.1:80',
  '[::1]',
  '::1:80',
  '10.0.0.0/8:80',
  'http://a:80',
  'a:80/',
  'u@a:80',
  'a b:80',
  'a:4 43',
  'a:**',
])('%j is no entry', (entry) => {
  expect(() => allows([entry], 'a:1')).toThrow(/allow\[0\] must be host:port, \*\.domain:port/);
});

test('an empty list and what is no text are issues', () => {
  expect(() => allows([], 'a:1')).toThrow('allow must name at least one target');
  expect(() => allows([5 as never], 'a:1')).toThrow('allow[0] must be');
});

test('a target allows itself, in any letter case, and no other port', () => {
  const host = fc.oneof(
    fc.domain(),
    fc.ipV4(),
    fc.ipV6().map((address) => `[${address}]`),
  );
  fc.assert(
    fc.property(host, fc.integer({ min: 1, max: 65_534 }), (name, port) => {
      const target = parseConnectTarget(`${name}:${port}`);
      fc.pre(target !== undefined);
      expect(allows([`${name.toUpperCase()}:${port}`], target.href)).toBe(true);
      expect(allows([`${name}:${port}`], `${name}:${port + 1}`)).toBe(false);
    }),
  );
});

test('whatever comes as an entry, it is read or it is none', () => {
  const piece = fc.constantFrom('a', '*', '.', ':', '443', '[', ']', '::1', '127.0.0.1', '-', 'xn--');
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
      const rule = parseConnectRule(pieces.join(''));
      if (rule === undefined) return;
      expect(rule.host === '' || !rule.host.includes('*')).toBe(true);
      expect(rule.host === '' && rule.port === undefined).toBe(false);
    }),
  );
});
