import { resolveOptions } from '@sluice/core';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ClientInfo } from './client-resolver.ts';
import { createHeaderList } from './header-list.ts';
import {
  locationDefaults,
  readLocationOptions,
  rewriteLocation,
  rewriteLocations,
  type LocationOptions,
  type LocationPolicy,
} from './location.ts';

function policyOf(options: LocationOptions): LocationPolicy {
  return resolveOptions(options, 'location', readLocationOptions);
}

const view = { endpointAuthority: '127.0.0.1:3000', clientOrigin: 'https://shop.example' };
const client: ClientInfo = { address: '::1', port: 1, protocol: 'https', host: 'shop.example', trusted: false };

test.each([
  ['http://127.0.0.1:3000/cart?x=1#y', 'https://shop.example/cart?x=1#y'],
  ['HTTP://127.0.0.1:3000', 'https://shop.example'],
  ['https://127.0.0.1:3000?q', 'https://shop.example?q'],
  ['//127.0.0.1:3000/cart', 'https://shop.example/cart'],
  ['http://127.0.0.1:3000//evil.example', 'https://shop.example//evil.example'],
])('gives the endpoint’s own URL %s the client’s origin', (url, rewritten) => {
  expect(rewriteLocation(url, locationDefaults, view)).toBe(rewritten);
});

test.each([
  '/cart',
  'cart',
  'https://other.example/',
  'http://127.0.0.1:30001/',
  'http://127.0.0.1:3000@evil.example/',
  'http://user@127.0.0.1:3000/',
  String.raw`http://127.0.0.1:3000\@evil.example/`,
  'ftp://127.0.0.1:3000/',
  'xhttp://127.0.0.1:3000/',
  '',
])('leaves %s alone', (url) => {
  expect(rewriteLocation(url, locationDefaults, view)).toBe(url);
});

test('knows the ports that the schemes have anyway', () => {
  const own = { ...view, endpointAuthority: 'app.internal' };
  expect(rewriteLocation('http://App.Internal:80/x', locationDefaults, own)).toBe('https://shop.example/x');
  expect(rewriteLocation('https://app.internal:443/x', locationDefaults, own)).toBe('https://shop.example/x');
  expect(rewriteLocation('http://app.internal:443/x', locationDefaults, own)).toBe('http://app.internal:443/x');
  expect(rewriteLocation('https://app.internal:80/x', locationDefaults, own)).toBe('https://app.internal:80/x');
});

test('applies the longest prefix that fits', () => {
  const policy = policyOf({
    prefixes: {
      'http://internal': '/other',
      'http://internal/app/': '/',
      'http://internal/old': 'https://new.example',
    },
  });
  expect(rewriteLocation('http://internal/app/x', policy, view)).toBe('/x');
  expect(rewriteLocation('http://internal/x', policy, view)).toBe('/other/x');
  expect(rewriteLocation('http://internal?x', policy, view)).toBe('/other?x');
  expect(rewriteLocation('http://internal/old', policy, view)).toBe('https://new.example');
  expect(rewriteLocation('http://internal/older', policy, view)).toBe('/other/older');
  expect(rewriteLocation('http://127.0.0.1:3000/', policy, view)).toBe('https://shop.example/');
});

test('sends to another host when the rule says so', () => {
  const policy = policyOf({ prefixes: { 'http://files.internal': '//files.example' } });
  expect(rewriteLocation('http://files.internal/x', policy, view)).toBe('//files.example/x');
});

test('takes no host for a prefix of a longer one', () => {
  const policy = policyOf({ prefixes: { 'http://internal': '/app' } });
  const url = 'http://internal.evil.example/';
  expect(rewriteLocation(url, policy, view)).toBe(url);
});

test.each([
  'http://internal//evil.example',
  String.raw`http://internal/\evil.example`,
  'http://internal////evil.example',
])('does not shorten %s to a URL of another host', (url) => {
  const policy = policyOf({ prefixes: { 'http://internal/': '/' } });
  expect(rewriteLocation(url, policy, view)).toBe('/evil.example');
});

test('a path stays a path, whatever follows the prefix', () => {
  const policy = policyOf({ prefixes: { 'http://internal': '/', 'http://internal/': '/' } });
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom('/', '\\', '?', '#', 'a') }), (rest) => {
      const rewritten = rewriteLocation(`http://internal/${rest}`, policy, view);
      expect(new URL(rewritten, 'https://shop.example').origin).toBe('https://shop.example');
    }),
  );
});

test('leaves everything alone when nothing is asked for, or the client named no host', () => {
  const url = 'http://127.0.0.1:3000/';
  expect(rewriteLocation(url, policyOf({ endpointOrigin: false }), view)).toBe(url);
  expect(rewriteLocation(url, locationDefaults, { ...view, clientOrigin: undefined })).toBe(url);
});

test('rewrites Location, Content-Location and Refresh, and nothing else', () => {
  const own = 'http://127.0.0.1:3000/x';
  const headers = createHeaderList(
    Object.entries({ Location: own, 'X-Url': own, 'content-location': own, Refresh: `5; url="${own}"` }).flat(),
  );
  rewriteLocations(headers, locationDefaults, '127.0.0.1:3000', client);
  const rewritten = 'https://shop.example/x';
  expect(Object.fromEntries(headers)).toEqual({
    Location: rewritten,
    'X-Url': own,
    'Content-Location': rewritten,
    Refresh: `5; url="${rewritten}"`,
  });
});

test('touches no field that needs no rewriting', () => {
  const flat = Object.freeze(['LOCATION', '/x', 'refresh', '5']);
  const headers = createHeaderList(flat);
  rewriteLocations(headers, locationDefaults, '127.0.0.1:3000', client);
  expect(headers.toFlat()).toEqual(flat);
});

test('names everything that is wrong with the options', () => {
  const wrong = { endpointOrigin: 'yes', prefixes: { a: 1, b: 'x\r\ny', '': '/' }, prefix: {} };
  expect(() => policyOf(wrong as never)).toThrow(
    /endpointOrigin .*prefixes\.a .*prefixes\.b .*prefixes has an empty name.*prefix is unknown, did you mean prefixes\?/,
  );
  expect(() => policyOf({ prefixes: ['a'] } as never)).toThrow('prefixes must be an object of texts');
  expect(policyOf({})).toEqual(locationDefaults);
});
