import { expect, test } from 'vitest';
import { createHeaderList } from './header-list.ts';
import { prefersJson } from './prefers-json.ts';

const prefers = (...values: string[]): boolean =>
  prefersJson(createHeaderList(values.flatMap((value) => ['Accept', value])));

test.each([
  'application/json',
  'Application/JSON; charset=utf-8',
  'application/problem+json',
  'application/json, text/plain, */*',
  'application/json, text/javascript, */*; q=0.01',
  'text/html;q=0.5, application/json ;q=0.5',
  'image/png, application/json;q=0.1',
])('%s prefers JSON', (accept) => {
  expect(prefers(accept)).toBe(true);
});

test.each([
  '',
  '*/*',
  'application/*',
  'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8',
  'application/json;q=0',
  'application/json; q=0.0, */*',
  'text/html, application/json;q=0.9',
  'application/notjson',
  'text/json',
])('%j prefers text', (accept) => {
  expect(prefers(accept)).toBe(false);
});

test('all lines count, and none is text', () => {
  expect([prefers('text/html;q=0.1', 'application/json'), prefers()]).toEqual([true, false]);
});
