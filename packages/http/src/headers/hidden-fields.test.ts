import { resolveOptions } from '@sluice/core';
import { expect, test } from 'vitest';
import { createHeaderList } from './header-list.ts';
import { readHiddenFields } from './hidden-fields.ts';
import type { NameSet } from './name-set.ts';

function hidden(hide?: unknown): NameSet | undefined {
  return resolveOptions({ hide }, 'response', (reader) => readHiddenFields(reader, 'hide'));
}

test('hides nothing by default', () => {
  expect([hidden(), hidden([])]).toEqual([undefined, undefined]);
});

test('hides the fields it names', () => {
  const headers = createHeaderList(['SERVER', 'nginx', 'Date', 'now', 'x-powered-by', 'Express']);
  const names = hidden(['Server', 'X-Powered-By']);
  expect(names).toBeDefined();
  if (names !== undefined) headers.deleteAll(names);
  expect(headers.toFlat()).toEqual(['Date', 'now']);
});

test('names everything that can not be hidden', () => {
  expect(() => hidden(['Server', 'a b', 'Content-Length', 7])).toThrow(/hide\[1\].*hide\[2\].*hide\[3\]/);
});
