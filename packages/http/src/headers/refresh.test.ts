import fc from 'fast-check';
import { expect, test } from 'vitest';
import { findRefreshUrl } from './refresh.ts';

function urlIn(value: string): string {
  const { start, end } = findRefreshUrl(value);
  return value.slice(start, end);
}

test.each([
  '5; url=http://a/b',
  '0;URL=http://a/b ',
  '5, Url \t= "http://a/b"',
  "5 ;url='http://a/b' x",
  '5;url="http://a/b',
])('finds the URL in %s', (value) => {
  expect(urlIn(value)).toBe('http://a/b');
});

test.each(['', '5', '5;', '5; http://a/b', '5; urls=http://a/b', '5;url', '5;url='])('finds none in %j', (value) => {
  expect(urlIn(value)).toBe('');
});

test('finds a part of any value', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(';', ',', 'url', '=', '"', "'", ' ', 'a') }), (value) => {
      const { start, end } = findRefreshUrl(value);
      expect(0 <= start && start <= end && end <= value.length).toBe(true);
    }),
  );
});
