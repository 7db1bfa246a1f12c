import { OptionsError, resolveOptions } from '@sluice/core';
import { expect, test } from 'vitest';
import { readHttpProbe, type ResolvedHttpProbe } from './http-probe-options.ts';

const read = (options: object = {}): ResolvedHttpProbe => resolveOptions(options, 'httpProbe', readHttpProbe);

test('everything has a default', () => {
  expect(read()).toMatchObject({
    name: 'GET /',
    method: 'GET',
    path: '/',
    host: undefined,
    headers: [],
    maxBodyBytes: 65_536,
    weightHeader: undefined,
    transport: { name: 'wire' },
  });
});

test('is named for what it asks', () => {
  expect(read({ method: 'HEAD', path: '/up?deep=1' }).name).toBe('HEAD /up?deep=1');
  expect(read({ name: 'app' }).name).toBe('app');
});

test('nothing that could end a line early gets in', () => {
  const wrong = [
    { method: 'GET /' },
    { method: 'CONNECT' },
    { path: 'up' },
    { path: '/a b' },
    { path: '/a\r\nX: y' },
    { host: 'a\r\nX: y' },
    { headers: { 'A B': 'x' } },
    { headers: { A: 'x\r\ny' } },
    { headers: { A: 4 } },
    { headers: [] },
    { weightHeader: 'a b' },
    { transport: {} },
    { transport: { send: () => {} }, tls: {} },
    { maxBodyBytes: -1 },
  ];
  for (const options of wrong) expect(() => read(options)).toThrow(OptionsError);
});
