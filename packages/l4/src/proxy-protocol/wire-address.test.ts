import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  isPlainIPv6,
  readIPv6,
  readUnixPath,
  unmappedIPv4,
  writeIPv4,
  writeIPv6,
  writeUnixPath,
} from './wire-address.ts';

test('writes any form of an IPv6 address as the same bytes', () => {
  const bytes = '20010db8000000000000000000000001';
  for (const text of ['2001:db8::1', '2001:DB8::1', '2001:db8:0:0:0:0:0:1', '2001:0db8::0001', '2001:db8::0.0.0.1']) {
    expect(writeIPv6(text).toString('hex'), text).toBe(bytes);
  }
  expect(writeIPv6('::').equals(Buffer.alloc(16))).toBe(true);
  expect(writeIPv6('fe80::1%eth0').toString('hex')).toBe('fe800000000000000000000000000001');
  expect(writeIPv6('::ffff:192.0.2.1').equals(writeIPv6('192.0.2.1'))).toBe(true);
});

test('reads the IPv6 address that was written', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), (octets) => {
      const text = readIPv6(Buffer.from(octets));
      expect(isPlainIPv6(text)).toBe(true);
      expect(Buffer.from(octets).equals(writeIPv6(text))).toBe(true);
    }),
  );
});

test('reads an IPv6 address as node writes it', () => {
  expect(readIPv6(Buffer.from('20010db8000000010000000000000001', 'hex'))).toBe('2001:db8:0:1::1');
  expect(readIPv6(writeIPv6('192.0.2.1'))).toBe('::ffff:192.0.2.1');
});

test('knows paths, abstract names and sockets without a name', () => {
  for (const path of ['/run/app.sock', '@abstract', '@', '@@', '', 'ü', 'x'.repeat(108)]) {
    expect(writeUnixPath(path)).toHaveLength(108);
    expect(readUnixPath(writeUnixPath(path))).toBe(path);
  }
  expect(writeUnixPath('@abstract').toString('latin1', 0, 10)).toBe('\0abstract\0');
});

test('ignores what stands behind the end of a path', () => {
  expect(readUnixPath(Buffer.from('/run/a\0garbage\xff'.padEnd(108, '\0'), 'latin1'))).toBe('/run/a');
});

test('reads no path that is no text', () => {
  expect(readUnixPath(Buffer.from('/run/\n'.padEnd(108, '\0')))).toBeUndefined();
  expect(readUnixPath(Buffer.alloc(108, 0xff))).toBeUndefined();
});

test('writes a path that is too long as none', () => {
  expect(readUnixPath(writeUnixPath('x'.repeat(109)))).toBe('');
  expect(readUnixPath(writeUnixPath('ü'.repeat(55)))).toBe('');
});

test('finds the IPv4 address in a mapped one', () => {
  expect(unmappedIPv4('::ffff:192.0.2.1')).toBe('192.0.2.1');
  expect(unmappedIPv4('::ffff:0:1')).toBe('::ffff:0:1');
  expect(unmappedIPv4('192.0.2.1')).toBe('192.0.2.1');
  expect(writeIPv4('192.0.2.255').toString('hex')).toBe('c00002ff');
});

test('takes an address with a zone for none', () => {
  expect(isPlainIPv6('fe80::1')).toBe(true);
  expect(isPlainIPv6('fe80::1%eth0')).toBe(false);
  expect(isPlainIPv6('192.0.2.1')).toBe(false);
});
