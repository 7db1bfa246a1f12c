import { expect, test } from 'vitest';
import { isConnectionField, isTrailerField } from './connection-fields.ts';

test('knows the fields of connection and framing in any letter case', () => {
  const names = 'te expect upgrade connection keep-alive content-length proxy-connection transfer-encoding'.split(' ');
  for (const name of names) expect([name, name.toUpperCase()].map(isConnectionField)).toEqual([true, true]);
});

test('leaves other fields of the same length alone', () => {
  for (const name of [
    'dn',
    'Cookie',
    'Trailer',
    'User-Agent',
    'Accept-Charset',
    'X-Forwarded-Host',
    'If-Modified-Since',
    'Host',
  ]) {
    expect(isConnectionField(name)).toBe(false);
  }
  expect(['TRAILER', 'Upgrade'].map(isTrailerField)).toEqual([true, false]);
});
