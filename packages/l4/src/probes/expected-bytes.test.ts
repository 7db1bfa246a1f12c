import { expect, test } from 'vitest';
import { describeExpected, matchBytes, quoteBytes, type ExpectedBytes } from './expected-bytes.ts';

test.each<[ExpectedBytes, string, boolean | undefined]>([
  ['220', '220 mail.example', true],
  ['220', '220', true],
  ['220', '22', undefined],
  ['220', '', undefined],
  ['220', '2', undefined],
  ['220', '250 ok', false],
  ['220', '5', false],
  [Buffer.of(0x4a, 0), 'J\0\0', true],
  [/^\+PONG\r\n/, '+PON', undefined],
  [/^\+PONG\r\n/, '+PONG\r\n', true],
  [/role:master/, '# Replication\r\nrole:master\r\n', true],
  [/é/, 'caf\u00e9', true],
])('%s against %j: %s', (expected, answer, verdict) => {
  expect(matchBytes(expected)(Buffer.from(answer, 'latin1'))).toBe(verdict);
});

test('one answer does not depend on another', () => {
  const match = matchBytes(/ok/g);
  expect([match(Buffer.from('ok')), match(Buffer.from('ok'))]).toEqual([true, true]);
});

test('messages show one short line', () => {
  expect(quoteBytes(Buffer.from('220 hi\r\n250 there'))).toBe('"220 hi"');
  expect(quoteBytes(Buffer.from('x'.repeat(70)))).toBe(`"${'x'.repeat(60)}…"`);
  expect(quoteBytes(Buffer.of(0x16, 3, 1))).toBe(String.raw`"\u0016\u0003\u0001"`);
  expect([describeExpected('220'), describeExpected(/a/), describeExpected(Buffer.from('z'))]).toEqual([
    '"220"',
    '/a/',
    '"z"',
  ]);
});
