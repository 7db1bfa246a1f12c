import { expect, test } from 'vitest';
import { rewriteLocation, type LocationPolicy } from './location.ts';

const view = { endpointAuthority: '127.0.0.1:3000', clientOrigin: 'https://shop.example' };
const usual: LocationPolicy = { endpointOrigin: true, prefixes: [] };

test.each([
  ['http://127.0.0.1:3000/cart?x=1#y', 'https://shop.example/cart?x=1#y'],
  ['HTTP://127.0.0.1:3000', 'https://shop.example'],
  ['http://127.0.0.1:3000?q', 'https://shop.example?q'],
])('gives the endpoint’s own URL %s the client’s origin', (url, rewritten) => {
  expect(rewriteLocation(url, usual, view)).toBe(rewritten);
});

test.each(['/cart', 'cart', 'https://other.example/', 'http://127.0.0.1:30001/', 'ftp://127.0.0.1:3000/', ''])(
  'leaves %s alone',
  (url) => {
    expect(rewriteLocation(url, usual, view)).toBe(url);
  },
);

test('applies the first prefix that fits', () => {
  const policy: LocationPolicy = {
    endpointOrigin: true,
    prefixes: [
      ['http://internal/app/', '/'],
      ['http://internal/', '/other/'],
    ],
  };
  expect(rewriteLocation('http://internal/app/x', policy, view)).toBe('/x');
  expect(rewriteLocation('http://internal/x', policy, view)).toBe('/other/x');
});

test('leaves everything alone when nothing is asked for, or the client named no host', () => {
  const url = 'http://127.0.0.1:3000/';
  expect(rewriteLocation(url, { endpointOrigin: false, prefixes: [] }, view)).toBe(url);
  expect(rewriteLocation(url, usual, { ...view, clientOrigin: undefined })).toBe(url);
});
