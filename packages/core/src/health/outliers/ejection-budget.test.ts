import fc from 'fast-check';
import { expect, test } from 'vitest';
import { mayEjectAnother } from './ejection-budget.ts';

test.each([
  // unfit, of, share, and whether another may go
  [0, 10, 10, true],
  [1, 10, 10, false],
  [0, 3, 10, true],
  [1, 3, 10, false],
  [1, 4, 50, true],
  [2, 4, 50, false],
  [0, 1, 100, false],
  [1, 2, 100, true],
  [0, 5, 0, false],
])('%i of %i are out, %i %% may be: %s', (unfit, total, share, expected) => {
  expect(mayEjectAnother(unfit, total, share)).toBe(expected);
});

test('one after the other, never more go than the share allows, but for the first', () => {
  fc.assert(
    fc.property(fc.nat(40), fc.nat(100), (total, share) => {
      let unfit = 0;
      while (mayEjectAnother(unfit, total, share)) unfit++;
      return unfit <= Math.max(total > 1 && share > 0 ? 1 : 0, (share * total) / 100);
    }),
  );
});
