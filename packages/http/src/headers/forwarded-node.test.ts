import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatNode, parseNode, plainAddress } from './forwarded-node.ts';

test.each([
  ['192.0.2.1', '192.0.2.1', undefined],
  ['192.0.2.1:80', '192.0.2.1', 80],
  ['[2001:db8::1]:4711', '2001:db8::1', 4711],
  ['[2001:db8::1]', '2001:db8::1', undefined],
  ['2001:db8::1', '2001:db8::1', undefined],
  ['192.0.2.1:_port', '192.0.2.1', undefined],
  ['::ffff:192.0.2.1', '192.0.2.1', undefined],
  ['[::FFFF:192.0.2.1]:80', '192.0.2.1', 80],
])('reads the node %s', (node, address, port) => {
  expect(parseNode(node)).toEqual({ address, port });
});

test.each([
  'unknown',
  '_hidden',
  '',
  'localhost',
  '192.0.2',
  '192.0.2.256',
  '192.0.2.1:',
  '192.0.2.1:0',
  '192.0.2.1:65536',
  '192.0.2.1:0x50',
  '192.0.2.1: 80',
  '192.0.2.1:_',
  '[192.0.2.1]',
  '[2001:db8::1',
  '[2001:db8::1]80',
  '[2001:db8::1]:',
  '[2001:db8::1]880',
  '192.0.2.1:000080',
  '[]:80',
  '2001:db8::1]:80',
])('finds no address in %j', (node) => {
  expect(parseNode(node)).toBeUndefined();
});

test('writes IPv6 in brackets, and nothing as unknown', () => {
  expect([formatNode('::1'), formatNode('1.2.3.4'), formatNode('')]).toEqual(['[::1]', '1.2.3.4', 'unknown']);
});

test('reads what it writes', () => {
  const address = fc.oneof(fc.ipV4(), fc.ipV6());
  fc.assert(
    fc.property(address, fc.option(fc.integer({ min: 1, max: 65_535 }), { nil: undefined }), (plain, port) => {
      const node = port === undefined ? formatNode(plain) : `${formatNode(plain)}:${port}`;
      expect(parseNode(node)).toEqual({ address: plainAddress(plain), port });
    }),
  );
});
