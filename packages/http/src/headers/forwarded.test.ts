import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatForwarded, formatNode, parseForwarded, parseNode } from './forwarded.ts';

test('parses the examples of RFC 7239', () => {
  expect(parseForwarded('for="_gazonk"')).toEqual([{ for: '_gazonk' }]);
  expect(parseForwarded('For="[2001:db8:cafe::17]:4711"')).toEqual([{ for: '[2001:db8:cafe::17]:4711' }]);
  expect(parseForwarded('for=192.0.2.60;proto=http;by=203.0.113.43')).toEqual([
    { for: '192.0.2.60', proto: 'http', by: '203.0.113.43' },
  ]);
  expect(parseForwarded('for=192.0.2.43, for=198.51.100.17')).toEqual([
    { for: '192.0.2.43' },
    { for: '198.51.100.17' },
  ]);
});

test('reads quoted commas, semicolons and escapes as text', () => {
  expect(parseForwarded(String.raw`host="a,b;c\"d";for=x`)).toEqual([{ host: 'a,b;c"d', for: 'x' }]);
});

test('ignores parameters it does not know', () => {
  expect(parseForwarded('for=a;secret=1')).toEqual([{ for: 'a' }]);
});

test.each(['for', 'for=', '=a', 'for="a', 'for=a"b"', 'for=a;for=b', 'for=a b'])('refuses %s as a whole', (value) => {
  expect(parseForwarded(value)).toBeUndefined();
});

test.each([
  ['192.0.2.1', '192.0.2.1', undefined],
  ['192.0.2.1:80', '192.0.2.1', 80],
  ['[2001:db8::1]:4711', '2001:db8::1', 4711],
  ['[2001:db8::1]', '2001:db8::1', undefined],
  ['2001:db8::1', '2001:db8::1', undefined],
  ['192.0.2.1:_port', '192.0.2.1', undefined],
  ['unknown', 'unknown', undefined],
])('reads the node %s', (node, address, port) => {
  expect(parseNode(node)).toEqual({ address, port });
});

test('writes IPv6 in brackets, and nothing as unknown', () => {
  expect([formatNode('::1'), formatNode('1.2.3.4'), formatNode('')]).toEqual(['[::1]', '1.2.3.4', 'unknown']);
});

test('reads what it writes, whatever the values hold', () => {
  const value = fc.string({ minLength: 1 });
  fc.assert(
    fc.property(fc.record({ for: value, host: value, proto: value }), (element) => {
      expect(parseForwarded(formatForwarded(element))).toEqual([element]);
    }),
  );
});

test('reads any value without an error', () => {
  fc.assert(fc.property(fc.string(), (value) => void parseForwarded(value)));
});
