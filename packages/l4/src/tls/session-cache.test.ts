import { expect, test } from 'vitest';
import { createSessionCache } from './session-cache.ts';

const session = (text: string): Buffer => Buffer.from(text);

test('keeps the newest session of a key until it is deleted', () => {
  const cache = createSessionCache(2);
  expect(cache.get('a')).toBeUndefined();
  cache.set('a', session('1'));
  cache.set('a', session('2'));
  expect(String(cache.get('a'))).toBe('2');
  expect(cache.size).toBe(1);
  cache.delete('a');
  expect(cache.get('a')).toBeUndefined();
});

test('forgets the key that was set longest ago when there are too many', () => {
  const cache = createSessionCache(2);
  cache.set('a', session('1'));
  cache.set('b', session('2'));
  cache.set('a', session('3'));
  cache.set('c', session('4'));
  expect(['a', 'b', 'c'].map((key) => cache.get(key) !== undefined)).toEqual([true, false, true]);
  expect(cache.size).toBe(2);
});
