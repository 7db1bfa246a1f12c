import fc from 'fast-check';
import { expect, test } from 'vitest';
import { OpenList } from './open-list.ts';

test('holds what was added and not removed, whatever the order', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(20), { maxLength: 100 }), (moves) => {
      const items = Array.from({ length: 21 }, () => ({ place: -1 }));
      const list = new OpenList<{ place: number }>();
      const model = new Set<object>();
      for (const move of moves) {
        const item = items[move] as { place: number };
        if (model.delete(item)) list.remove(item);
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

test('what it tells is of that moment: it may change while that is walked through', () => {
  const list = new OpenList<{ place: number }>();
  for (const place of [0, 0, 0]) list.add({ place });
  for (const item of list.all()) list.remove(item);
  expect(list.size).toBe(0);
});
