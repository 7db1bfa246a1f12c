import { expect, test } from 'vitest';
import { createHeaderList } from '../headers/header-list.ts';
import { allowedTrailers, isForbiddenTrailer } from './trailer-fields.ts';

test.each([
  'Content-Length',
  'TRANSFER-ENCODING',
  'host',
  'Connection',
  'X-Forwarded-For',
  'x-forwarded-anything',
  'Cookie',
  'Proxy',
  'HTTP2-Settings',
  'Proxy-Authentication-Info',
  'Content_Length',
])('forbids %s', (name) => {
  expect(isForbiddenTrailer(name)).toBe(true);
});

test('lets others pass as they are', () => {
  const trailers = createHeaderList(['Server-Timing', 'a', 'Digest', 'b', 'grpc-status', '0']);
  expect(allowedTrailers(trailers)).toBe(trailers);
});

test('leaves the list it was given alone', () => {
  const trailers = createHeaderList(['Host', 'a', 'X', 'b', 'host', 'c']);
  expect(allowedTrailers(trailers)?.toFlat()).toEqual(['X', 'b']);
  expect(trailers.size).toBe(3);
});

test('nothing left is no trailers', () => {
  expect(allowedTrailers(createHeaderList())).toBeUndefined();
  expect(allowedTrailers(createHeaderList(['Host', 'a']))).toBeUndefined();
});
