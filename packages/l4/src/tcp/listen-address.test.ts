import { OptionsError, resolveOptions } from '@sluice/core';
import { expect, test } from 'vitest';
import { readListenAddress, type ListenAddressOptions } from './listen-address.ts';

const read = (options: ListenAddressOptions): unknown => resolveOptions(options, 'listen', readListenAddress);

test('a port, a path or a descriptor, on loopback unless told otherwise', () => {
  const backlog = 511;
  expect(read({})).toEqual({ port: 0, host: '127.0.0.1', reusePort: false, backlog });
  expect(read({ port: 53, host: '::', reusePort: true, backlog: 9 })).toEqual({
    port: 53,
    host: '::',
    reusePort: true,
    backlog: 9,
  });
  expect(read({ path: '/run/a' })).toEqual({ path: '/run/a', backlog });
  expect(read({ fd: 3 })).toEqual({ fd: 3, backlog });
});

test.each([
  { path: '/run/a', port: 53 },
  { path: '/run/a', host: '::' },
  { fd: 3, port: 53 },
  { fd: 3, path: '/run/a' },
])('only one of them: %o', (options) => {
  expect(() => read(options)).toThrow(OptionsError);
});
