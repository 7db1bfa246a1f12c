import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createHeaderList } from './header-list.ts';
import { joinedLines, listTokens } from './token-list.ts';

test('joins the items of all lines in order, trimmed, without empty ones', () => {
  const headers = createHeaderList(['Connection', ' a ,,b\t, ', 'X', 'no', 'connection', 'c']);
  expect(listTokens(headers, 'Connection')).toEqual(['a', 'b', 'c']);
});

test('an absent field is an empty list', () => {
  expect(listTokens(createHeaderList(), 'Connection')).toEqual([]);
});

test('reads what is left when a line is split at commas and trimmed', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: fc.constantFrom(',', ' ', '\t', 'a', 'B') })), (lines) => {
      const headers = createHeaderList(lines.flatMap((line) => ['List', line]));
      const expected = lines
        .flatMap((line) => line.split(','))
        .map((item) => item.replaceAll(/^[ \t]+|[ \t]+$/g, ''))
        .filter((item) => item !== '');
      expect(listTokens(headers, 'list')).toEqual(expected);
    }),
  );
});

test('joins lines as RFC 9110 section 5.2 does', () => {
  const headers = createHeaderList(['Via', '1.1 a', 'X', 'no', 'VIA', '1.1 b, 1.1 c']);
  expect([joinedLines(headers, 'via'), joinedLines(headers, 'absent')]).toEqual(['1.1 a, 1.1 b, 1.1 c', '']);
});
