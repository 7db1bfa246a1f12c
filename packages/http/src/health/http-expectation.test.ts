import { resolveOptions } from '@sluice/core';
import { expect, test } from 'vitest';
import { createHeaderList } from '../headers/header-list.ts';
import { faultOfBody, faultOfHead, readHttpExpectation, type HttpExpectation } from './http-expectation.ts';

const read = (options: object = {}): HttpExpectation => resolveOptions(options, 'probe', readHttpExpectation);
const headers = createHeaderList(['Content-Type', 'text/plain', 'X-Role', 'replica', 'x-role', 'standby']);

test('a status from 200 to 399 is enough', () => {
  expect([200, 302, 404, 500].map((status) => faultOfHead(read(), status, headers))).toEqual([
    undefined,
    undefined,
    'status 404',
    'status 500',
  ]);
  expect(faultOfBody(read(), 'anything')).toBe(undefined);
});

test('fields must be there, with what was expected in one of their lines', () => {
  const expecting = (expectHeaders: object): string | undefined => faultOfHead(read({ expectHeaders }), 200, headers);
  expect(expecting({ 'content-type': 'text/', 'X-Role': /^stand/ })).toBe(undefined);
  expect(expecting({ 'X-Role': (text: string) => text === 'standby' })).toBe(undefined);
  expect(expecting({ 'X-Role': 'primary' })).toBe('status 200 with X-Role: replica, standby');
  expect(expecting({ 'X-Other': '' })).toBe('status 200 without X-Other');
});

test('the body must have what was expected', () => {
  const fault = (expectBody: unknown, text: string): string | undefined => faultOfBody(read({ expectBody }), text);
  expect([fault('ok', 'all ok'), fault(/^all/g, 'all ok'), fault((text: string) => text === 'x', 'x')]).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
  expect(fault('ok', 'bad')).toBe('the body has no "ok": "bad"');
  expect(fault(/ok/, 'x'.repeat(70))).toBe(`the body has no /ok/: "${'x'.repeat(60)}…"`);
  expect(fault(() => false, 'bad')).toBe('the body was not approved of: "bad"');
});

test('wrong expectations are refused', () => {
  expect(() => read({ expectHeaders: { 'a b': 'x', ok: 4 }, expectBody: 5, status: ['9xx'] })).toThrow(
    "status[0] must be a status, '5xx' or '500-504', got \"9xx\" (string); expectHeaders.a b is not a field name; " +
      'expectHeaders.ok must be text, a pattern or a function, got 4; expectBody must be text, a pattern or a function, got 5',
  );
  expect(() => read({ expectHeaders: [] })).toThrow('expectHeaders must be an object');
});
