import { expect, test } from 'vitest';
import { createHeaderList } from './header-list.ts';
import { listTokens } from './token-list.ts';

test('joins the items of all lines in order, trimmed, without empty ones', () => {
  const headers = createHeaderList(['Connection', ' a ,,b\t, ', 'X', 'no', 'connection', 'c']);
  expect(listTokens(headers, 'Connection')).toEqual(['a', 'b', 'c']);
});

test('an absent field is an empty list', () => {
  expect(listTokens(createHeaderList(), 'Connection')).toEqual([]);
});
