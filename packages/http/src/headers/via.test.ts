import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createHeaderList } from './header-list.ts';
import { appendVia, hasVisited, viaNames } from './via.ts';

function namesOf(...lines: string[]): string[] {
  return viaNames(createHeaderList(lines.flatMap((line) => ['Via', line])));
}

test('adds its entry behind those of others', () => {
  const headers = createHeaderList(['Via', '1.0 fred']);
  appendVia(headers, '1.1', 'sluice-1');
  expect(headers.getAll('via')).toEqual(['1.0 fred', '1.1 sluice-1']);
});

test('recognises itself among several lines and entries, whatever the letter case', () => {
  expect(
    hasVisited(createHeaderList(['Via', '1.0 fred, HTTP/1.1 p.example:80 (x)', 'via', '1.1 SLUICE-1']), 'sluice-1'),
  ).toBe(true);
  expect(hasVisited(createHeaderList(['Via', '1.1 sluice-10, 1.1 a, sluice-1']), 'sluice-1')).toBe(false);
  expect(hasVisited(createHeaderList(), 'sluice-1')).toBe(false);
});

test('reads the names in order, whatever the white space', () => {
  expect(namesOf('1.0 fred,\t1.1 \t p.example ,, HTTP/1.1 [::1]:80', '', '1.1', '1.1 z')).toEqual([
    'fred',
    'p.example',
    '[::1]:80',
    'z',
  ]);
});

test('is not fooled by comments', () => {
  expect(namesOf(String.raw`1.1 a (nested (1.1 b), \) 1.1 c), 1.1 d(e), (1.1 f) 1.1 g`)).toEqual(['a', 'd', 'g']);
});

test('takes an escaped parenthesis for text', () => {
  expect(namesOf(String.raw`1.1 a (x\), 1.1 b), 1.1 c`)).toEqual(['a', 'c']);
});

test.each(['1.1 x (', '1.1 x (y (z)', String.raw`1.1 x (\ `, '1.1 x ((('])(
  'finds itself behind "%s", a comment that a client opened to hide it',
  (line) => {
    expect(hasVisited(createHeaderList(['Via', `${line}, 1.1 sluice-1, 1.1 other (v6)`]), 'sluice-1')).toBe(true);
  },
);

test('finds its own entry behind whatever came before, on the same line and on others', () => {
  const text = fc.string({ unit: fc.constantFrom('(', ')', '\\', ',', ' ', '1.1 a') });
  fc.assert(
    fc.property(fc.array(text), text, (lines, before) => {
      const all = [...lines, `${before}, 1.1 sluice-1`];
      expect(namesOf(...all).at(-1)).toBe('sluice-1');
    }),
  );
});
