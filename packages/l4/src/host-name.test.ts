import { expect, test } from 'vitest';
import { normalizeHostName } from './host-name.ts';

test.each([
  ['Shop.Example', 'shop.example'],
  ['shop.example.', 'shop.example'],
  ['*.Shop.Example.', '*.shop.example'],
  ['b\u00fccher.example', 'xn--bcher-kva.example'],
  ['*.b\u00fccher.example', '*.xn--bcher-kva.example'],
  ['_dmarc.a-b.example', '_dmarc.a-b.example'],
  ['localhost', 'localhost'],
  [`${'a'.repeat(63)}.example`, `${'a'.repeat(63)}.example`],
])('%j is %j', (name, normal) => {
  expect(normalizeHostName(name)).toBe(normal);
});

test.each([
  '',
  '.',
  '*',
  '*.',
  '.example',
  'a..b',
  '*.*.example',
  'a.*.example',
  'w*.example',
  'a b',
  'a/b',
  'a%62',
  'https://a.example',
  'a?b',
  'user@a',
  'a:443',
  '192.0.2.1',
  '*.192.0.2.1',
  '::1',
  '[::1]',
  `${'a'.repeat(64)}.example`,
  `${'a.'.repeat(127)}a`,
])('%j is none', (name) => {
  expect(normalizeHostName(name)).toBeUndefined();
});
