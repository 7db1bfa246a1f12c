import { resolveOptions } from '@sluice/core';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createHeaderList } from './header-list.ts';
import {
  cookieDefaults,
  readCookieOptions,
  rewriteSetCookie,
  rewriteSetCookies,
  type CookieOptions,
  type CookiePolicy,
} from './set-cookie.ts';

function policyOf(options: CookieOptions): CookiePolicy {
  return resolveOptions(options, 'cookies', readCookieOptions);
}

const cookie = 'id=a=b; Domain=.Internal.example; path=/app/v1; HttpOnly; Weird; SameSite=Lax';

test('removes the domain', () => {
  const policy = policyOf({ domain: false });
  expect(rewriteSetCookie(cookie, policy)).toBe('id=a=b; path=/app/v1; HttpOnly; Weird; SameSite=Lax');
  expect(rewriteSetCookie('a=b;domain=x', policy)).toBe('a=b');
  expect(rewriteSetCookie('a=b;domain=x ;DOMAIN=y;\tDomain = z ; Secure', policy)).toBe('a=b; Secure');
});

test('replaces the domain of cookies that have one', () => {
  const policy = policyOf({ domain: 'shop.example' });
  expect(rewriteSetCookie(cookie, policy)).toBe(
    'id=a=b; Domain=shop.example; path=/app/v1; HttpOnly; Weird; SameSite=Lax',
  );
  expect(rewriteSetCookie('Domain=a; Secure', policy)).toBe('Domain=a; Secure');
});

test('maps domains without regard to a leading dot and letter case', () => {
  const policy = policyOf({ domain: { '.internal.Example': 'shop.example' } });
  expect(rewriteSetCookie(cookie, policy)).toContain('; Domain=shop.example; path');
  expect(rewriteSetCookie('a=b; Domain= INTERNAL.example ;x', policy)).toBe('a=b; Domain= shop.example ;x');
  expect(rewriteSetCookie('a=b; Domain=sub.internal.example', policy)).toBe('a=b; Domain=sub.internal.example');
  expect(rewriteSetCookie('a=b; Domain=constructor', policy)).toBe('a=b; Domain=constructor');
});

test.each([
  ['/app', '/', '/app/v1', '/v1'],
  ['/app', '/', '/app', '/'],
  ['/app/', '/', '/app', '/'],
  ['/app', '/shop', '/app/', '/shop/'],
  ['/ap', '/', '/app', '/app'],
  ['/', '/shop', '/', '/shop/'],
  ['/', '/shop/', '/x', '/shop/x'],
  ['/', '/shop', '/x', '/shop/x'],
])('maps the path prefix %s to %s: %s becomes %s', (from, to, path, rewritten) => {
  const policy = policyOf({ path: { [from]: to } });
  expect(rewriteSetCookie(`a=b; PATH=${path}; Secure`, policy)).toBe(`a=b; PATH=${rewritten}; Secure`);
});

test('applies the longest path prefix that fits', () => {
  const policy = policyOf({ path: { '/': '/other', '/app': '/', '/app/v1': '/one' } });
  expect(rewriteSetCookie(cookie, policy)).toContain('; path=/one;');
});

test('leaves __Host- cookies alone, which browsers would refuse with another path', () => {
  const policy = policyOf({ domain: false, path: { '/': '/shop' } });
  expect(rewriteSetCookie('__host-id=1; Path=/; Secure', policy)).toBe('__host-id=1; Path=/; Secure');
});

const anyCookie = fc.string({
  unit: fc.constantFrom(';', '=', ' ', '\t', 'a', 'Domain', 'path', '/', '/app', '.x', 'é'),
});

test('leaves a cookie verbatim when no rule touches it', () => {
  const policy = policyOf({ domain: { 'other.example': 'x' }, path: { '/other': '/' } });
  fc.assert(
    fc.property(anyCookie, (value) => {
      expect(rewriteSetCookie(value, cookieDefaults)).toBe(value);
      expect(rewriteSetCookie(value, policy)).toBe(value);
    }),
  );
});

test('changes nothing of a cookie but the attributes it has rules for', () => {
  const policy = policyOf({ domain: false, path: { '/': '/shop' } });
  fc.assert(
    fc.property(anyCookie, (value) => {
      // A bare `Domain` names no domain, so it may stay.
      const nameOf = (part: string): string => (/^[^=]*(?==)/.exec(part)?.[0] ?? '').trim().toLowerCase();
      const others = (text: string): string[] => {
        const [pair = '', ...attributes] = text.split(';');
        return [pair, ...attributes.filter((part) => nameOf(part) !== 'domain' && nameOf(part) !== 'path')];
      };
      const rewritten = rewriteSetCookie(value, policy);
      expect(others(rewritten)).toEqual(others(value));
      expect(rewritten.split(';').slice(1).map(nameOf)).not.toContain('domain');
    }),
  );
});

test('rewrites all cookies of a response, and touches none when none changes', () => {
  const headers = createHeaderList(['Set-Cookie', 'a=1; Domain=x', 'Date', 'now', 'set-cookie', 'b=2']);
  rewriteSetCookies(headers, policyOf({ domain: { y: 'z' } }));
  expect(headers.toFlat()).toEqual(['Set-Cookie', 'a=1; Domain=x', 'Date', 'now', 'set-cookie', 'b=2']);
  rewriteSetCookies(headers, policyOf({ domain: false }));
  expect(headers.toFlat()).toEqual(['Date', 'now', 'Set-Cookie', 'a=1', 'Set-Cookie', 'b=2']);
});

test('names everything that is wrong with the options', () => {
  const wrong = { domain: { a: 'x; Secure' }, path: { app: '/', '/b': 'c', '/d': 1 }, paths: {} };
  expect(() => policyOf(wrong as never)).toThrow(
    /domain\.a must be a domain.*path\.\/d must be text.*path\.app .*path\.\/b .*paths is unknown, did you mean path\?/,
  );
  expect(() => policyOf({ domain: 'a;b' })).toThrow('domain must be a domain');
  expect(() => policyOf({ domain: true } as never)).toThrow('domain must be a domain');
  expect(policyOf({})).toEqual(cookieDefaults);
});
