import { expect, test } from 'vitest';
import { OpenList, type Listed } from './open-list.ts';

function listOf(count: number): { list: OpenList<Listed>; items: Listed[] } {
  const list = new OpenList<Listed>();
  const items = Array.from({ length: count }, () => ({ place: -1 }));
  for (const item of items) list.add(item);
  return { list, items };
}

test('takes off whichever item leaves, and keeps the others', () => {
  const { list, items } = listOf(4);
  const [first, second, third, fourth] = items as [Listed, Listed, Listed, Listed];
  list.delete(second);
  list.delete(fourth);
  expect(new Set(list.all())).toEqual(new Set([first, third]));
  list.delete(first);
  list.delete(third);
  expect([list.size, list.all()]).toEqual([0, []]);
});

test('does nothing when an item leaves twice', () => {
  const { list, items } = listOf(2);
  const [first] = items as [Listed, Listed];
  list.delete(first);
  list.delete(first);
  expect(list.size).toBe(1);
});

test('can be walked while items leave', () => {
  const { list, items } = listOf(5);
  let seen = 0;
  for (const item of list.all()) {
    list.delete(item);
    seen++;
  }
  expect([seen, list.size]).toEqual([items.length, 0]);
});
