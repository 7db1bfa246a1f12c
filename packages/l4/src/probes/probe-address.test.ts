import { parseEndpointAddress, resolveOptions } from '@sluice/core';
import { expect, test } from 'vitest';
import { readProbeAddress, type ProbeAddressOptions } from './probe-address.ts';

function addressFor(address: string, options: ProbeAddressOptions): string {
  return resolveOptions(options, 'probe', readProbeAddress)(parseEndpointAddress(address)).href;
}

test.each<[string, ProbeAddressOptions, string]>([
  ['http://a.example:80', {}, 'http://a.example:80'],
  ['https://a.example', { port: 9000 }, 'https://a.example:9000'],
  ['https://a.example', { port: 9000, secure: false }, 'http://a.example:9000'],
  ['a.example:25', { secure: true }, 'https://a.example:25'],
  ['[2001:db8::1]:80', { port: 81 }, 'http://[2001:db8::1]:81'],
  ['unix:/run/a', { port: 81, secure: true }, 'unix:/run/a'],
])('%s with %j is probed at %s', (address, options, expected) => {
  expect(addressFor(address, options)).toBe(expected);
});

test('an address that is not changed stays the same object', () => {
  const address = parseEndpointAddress('a.example:25');
  expect(resolveOptions({}, 'probe', readProbeAddress)(address)).toBe(address);
});
