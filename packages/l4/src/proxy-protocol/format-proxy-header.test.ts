import { OptionsError } from '@sluice/core';
import { expect, test } from 'vitest';
import { formatProxyHeader } from './format-proxy-header.ts';
import { parseProxyHeader } from './parse-proxy-header.ts';
import type { ProxyHeader } from './proxy-header.ts';

const tcp4: ProxyHeader = {
  version: 2,
  command: 'proxy',
  transport: 'tcp4',
  source: { address: '192.0.2.1', port: 50_000 },
  destination: { address: '192.0.2.9', port: 443 },
};

test('writes version 1 as a line', () => {
  expect(formatProxyHeader({ ...tcp4, version: 1 }).toString()).toBe('PROXY TCP4 192.0.2.1 192.0.2.9 50000 443\r\n');
});

test('writes what version 1 does not know as UNKNOWN', () => {
  const unix = { address: '/run/a', port: 0 };
  for (const header of [
    { ...tcp4, transport: 'udp4' },
    { ...tcp4, transport: 'unknown' },
    { ...tcp4, command: 'local' },
    { ...tcp4, transport: 'unix-stream', source: unix, destination: unix },
  ] as const) {
    expect(formatProxyHeader({ ...header, version: 1 }).toString()).toBe('PROXY UNKNOWN\r\n');
  }
});

test('writes version 2 by its octets', () => {
  const bytes = formatProxyHeader({ ...tcp4, authority: 'a' });
  expect(bytes.toString('hex')).toBe('0d0a0d0a000d0a515549540a21110010c0000201c0000209c35001bb02000161');
});

test('writes a LOCAL header without anything behind it', () => {
  const bytes = formatProxyHeader({ ...tcp4, command: 'local', authority: 'a' }, { checksum: true });
  expect(bytes.toString('hex')).toBe('0d0a0d0a000d0a515549540a20000000');
});

test('ends with a checksum when told to', () => {
  const bytes = formatProxyHeader(tcp4, { checksum: true });
  expect(bytes.subarray(-7, -4).toString('hex')).toBe('030004');
  expect(parseProxyHeader(bytes)?.header.source).toEqual(tcp4.source);
});

test.each<[string, Partial<ProxyHeader>, RegExp]>([
  ['an IPv6 address in TCP4', { source: { address: '::1', port: 1 } }, /source must be an IPv4 address/],
  ['a name in TCP6', { transport: 'tcp6', source: { address: 'a.example', port: 1 } }, /source must be an IPv6/],
  ['no address', { destination: undefined }, /destination must be/],
  ['a port that is none', { source: { address: '192.0.2.1', port: 65_536 } }, /port from 0 to 65535/],
  ['a path with a NUL', { transport: 'unix-stream', source: { address: 'a\0b', port: 0 } }, /source must be an? path/],
  ['a name with a line end', { authority: 'a\nb' }, /authority must be text/],
  ['a long unique id', { uniqueId: Buffer.alloc(129) }, /uniqueId must be at most 128 bytes/],
  ['a value of a type that has a name', { others: [{ type: 2, value: Buffer.of(1) }] }, /others\[0\].type must be/],
  ['a type that is no byte', { others: [{ type: 256, value: Buffer.of(1) }] }, /others\[0\].type must be/],
  ['a giant value', { others: [{ type: 0xe0, value: Buffer.alloc(65_536) }] }, /others must be at most 65535/],
  ['too many values', { others: [1, 2].map(() => ({ type: 0xe0, value: Buffer.alloc(40_000) })) }, /others must leave/],
])('refuses %s', (_name, part, message) => {
  const format = (): Buffer => formatProxyHeader({ ...tcp4, ...part });
  expect(format).toThrow(OptionsError);
  expect(format).toThrow(message);
});
