import fc from 'fast-check';
import { expect, test } from 'vitest';
import { rewriteSetCookie } from './set-cookie.ts';

const cookie = 'id=a=b; Domain=.Internal.example; path=/app/v1; HttpOnly; Weird; SameSite=Lax';

test('removes the domain', () => {
  expect(rewriteSetCookie(cookie, { domain: false, paths: [] })).toBe(
    'id=a=b; path=/app/v1; HttpOnly; Weird; SameSite=Lax',
  );
});

test('replaces the domain, for all or by a map that ignores a leading dot and letter case', () => {
  expect(rewriteSetCookie(cookie, { domain: 'shop.example', paths: [] })).toContain('; Domain=shop.example; path');
  expect(rewriteSetCookie(cookie, { domain: { 'internal.example': 'shop.example' }, paths: [] })).toContain(
    '; Domain=shop.example;',
  );
  expect(rewriteSetCookie(cookie, { domain: { 'other.example': 'x' }, paths: [] })).toBe(cookie);
});

test('replaces a path prefix at a segment’s border only', () => {
  expect(rewriteSetCookie(cookie, { domain: undefined, paths: [['/app', '/']] })).toContain('; path=/v1;');
  expect(rewriteSetCookie(cookie, { domain: undefined, paths: [['/ap', '/']] })).toBe(cookie);
  expect(rewriteSetCookie('a=b; Path=/', { domain: undefined, paths: [['/', '/shop/']] })).toBe('a=b; Path=/shop/');
});

test('leaves a cookie verbatim when no rule touches it', () => {
  fc.assert(
    fc.property(fc.string(), (value) => {
      expect(rewriteSetCookie(value, { domain: undefined, paths: [] })).toBe(value);
    }),
  );
});
