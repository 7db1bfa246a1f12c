import { OptionsError, resolveOptions } from '@sluice/core';
import { expect, test } from 'vitest';
import { readStatusList, type StatusList } from './status-list.ts';

function read(status?: unknown): StatusList {
  return resolveOptions({ status }, 'probe', (reader) => readStatusList(reader, 'status', ['200-399']));
}

function membersOf({ has }: StatusList): number[] {
  return Array.from({ length: 1000 }, (_, status) => status).filter(has);
}

test('single ones, classes and ranges', () => {
  const list = read([204, '5xx', '301-303']);
  expect(membersOf(list)).toEqual([204, 301, 302, 303, ...Array.from({ length: 100 }, (_, index) => 500 + index)]);
  expect(list.text).toBe('204, 5xx, 301-303');
});

test('the usual ones when there is no list, and none for an empty one', () => {
  expect(membersOf(read())).toHaveLength(200);
  expect(membersOf(read([]))).toEqual([]);
});

test('refuses what is none', () => {
  for (const wrong of [99, 600, 200.5, '6xx', '2XX', '399-200', '20-30', 'ok', null, {}]) {
    expect(() => read([wrong])).toThrow(OptionsError);
  }
  expect(() => read('2xx')).toThrow('status must be a list');
});
