import { expect, test } from 'vitest';
import { connectionAndTrailerFields, connectionFields, fieldsBesideLength } from './connection-fields.ts';

const names = 'te expect upgrade connection keep-alive content-length proxy-connection transfer-encoding'.split(' ');

test('has the fields of connection and framing in any letter case', () => {
  for (const name of names) {
    const both = [name, name.toUpperCase()];
    expect(both.map((spelling) => connectionFields.has(spelling))).toEqual([true, true]);
    expect(both.map((spelling) => connectionAndTrailerFields.has(spelling))).toEqual([true, true]);
    expect(fieldsBesideLength.has(name)).toBe(name !== 'content-length');
  }
});

test('leaves other fields alone', () => {
  for (const name of [
    'dn',
    'Cookie',
    'User-Agent',
    'Accept-Charset',
    'X-Forwarded-Host',
    'If-Modified-Since',
    'Host',
  ]) {
    expect([connectionFields, connectionAndTrailerFields].some((set) => set.has(name))).toBe(false);
  }
  expect([connectionFields, connectionAndTrailerFields].map((set) => set.has('Trailer'))).toEqual([false, true]);
});
