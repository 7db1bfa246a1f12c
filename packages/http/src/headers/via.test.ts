import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createHeaderList } from './header-list.ts';
import { appendVia, hasVisited, receivedByNames } from './via.ts';

test('adds its entry behind those of others', () => {
  const headers = createHeaderList(['Via', '1.0 fred']);
  appendVia(headers, '1.1', 'sluice-1');
  expect(headers.getAll('via')).toEqual(['1.0 fred', '1.1 sluice-1']);
});

test('recognises itself among several lines and entries, whatever the letter case', () => {
  expect(
    hasVisited(createHeaderList(['Via', '1.0 fred, HTTP/1.1 p.example:80 (x)', 'via', '1.1 SLUICE-1']), 'sluice-1'),
  ).toBe(true);
  expect(hasVisited(createHeaderList(['Via', '1.1 sluice-10, 1.1 a']), 'sluice-1')).toBe(false);
  expect(hasVisited(createHeaderList(), 'sluice-1')).toBe(false);
});

test('is not fooled by comments', () => {
  expect(receivedByNames(String.raw`1.1 a (nested (1.1 b), \) 1.1 c), 1.1 d`)).toEqual(['a', 'd']);
});

test('reads any line without an error', () => {
  fc.assert(
    fc.property(fc.string(), (line) => {
      expect(Array.isArray(receivedByNames(line))).toBe(true);
    }),
  );
});
