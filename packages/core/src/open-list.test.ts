import fc from 'fast-check';
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

test('holds what was added and not taken out, whatever the order', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(20), { maxLength: 100 }), (moves) => {
      const { items } = listOf(21);
      for (const item of items) item.place = -1;
      const list = new OpenList<Listed>();
      const model = new Set<Listed>();
      for (const move of moves) {
        const item = items[move] as Listed;
        if (model.delete(item)) list.delete(item);
        else {
          model.add(item);
          list.add(item);
        }
        expect(list.size).toBe(model.size);
        expect(new Set(list.all())).toEqual(model);
      }
    }),
  );
});
