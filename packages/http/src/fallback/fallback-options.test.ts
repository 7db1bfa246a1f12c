import { createUpstream } from '@sluice/core';
import { expect, test } from 'vitest';
import { emptyBody } from '../body/body.ts';
import type { Exchange } from '../exchange.ts';
import { createHeaderList } from '../headers/header-list.ts';
import { httpError } from '../errors.ts';
import { resolveFallbackOptions, type FallbackOptions } from './fallback-options.ts';

test('is for every condition and no status, unless told otherwise', () => {
  const { on, statuses, maxReplayBytes } = resolveFallbackOptions({ response: { status: 503 } });
  expect([...on]).toEqual(['no-endpoint', 'circuit-open', 'overloaded', 'failed']);
  expect([statuses.text, maxReplayBytes]).toEqual(['', 65_536]);
});

test('a fixed response is made anew each time', async () => {
  const { target } = resolveFallbackOptions({ response: { body: 'sorry', headers: ['A', 'b'] } });
  if (typeof target !== 'function') throw new Error('no answer');
  const error = httpError('SLUICE_INTERNAL', '');
  const [first, second] = [await target({} as Exchange, error), await target({} as Exchange, error)];
  first.headers.set('A', 'c');
  expect(first.body).not.toBe(second.body);
  expect(second.headers.get('a')).toBe('b');
});

test.each<[object, RegExp]>([
  [{}, /upstream or response must be given/],
  [{ upstream: createUpstream({ endpoints: ['http://a'] }), response: {} }, /only one of them/],
  [{ upstream: { endpoints: ['http://a'] } }, /upstream must be made by createUpstream/],
  [{ response: 'sorry' }, /response must be a function/],
  [{ response: { body: emptyBody } }, /response\.body must be text or bytes/],
  [{ response: { headers: createHeaderList() } }, /response\.headers must be/],
  [{ response: {}, on: ['always'] }, /on\[0\] must be one of/],
])('%j is refused', (options, message) => {
  expect(() => resolveFallbackOptions(options as FallbackOptions)).toThrow(message);
});
