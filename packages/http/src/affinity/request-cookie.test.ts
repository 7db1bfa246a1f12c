import { expect, test } from 'vitest';
import { createHeaderList } from '../headers/header-list.ts';
import { requestCookie, responseCookie } from './request-cookie.ts';

test('finds the first cookie of a name, in any line', () => {
  const headers = createHeaderList(['Cookie', 'a=1; sid=x=y', 'Cookie', 'sid=2; b = 3']);
  expect(['sid', 'b', 'si', 'c'].map((name) => requestCookie(headers, name))).toEqual([
    'x=y',
    '3',
    undefined,
    undefined,
  ]);
  expect(requestCookie(createHeaderList(['Cookie', '=;;sid; =sid=1']), 'sid')).toBeUndefined();
  expect(requestCookie(createHeaderList(), 'sid')).toBeUndefined();
});

test('the last Set-Cookie of a name counts, and one that takes the cookie back is none', () => {
  const of = (...lines: string[]): string | undefined =>
    responseCookie(createHeaderList(lines.flatMap((line) => ['Set-Cookie', line])), 'sid');
  expect(of('sid=1; Path=/', 'other=2')).toBe('1');
  expect(of('sid=1', 'sid=2; HttpOnly')).toBe('2');
  expect(of('sid=1', 'sid=; Max-Age=0')).toBeUndefined();
  expect(of('sid=')).toBeUndefined();
  expect(of()).toBeUndefined();
});
