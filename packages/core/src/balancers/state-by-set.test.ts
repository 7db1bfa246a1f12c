import { expect, test } from 'vitest';
import { createIdleSet } from './balancer-contract.ts';
import { StateBySet } from './state-by-set.ts';

test('derives the state of a set once, also when sets alternate', () => {
  const sets = [createIdleSet(1), createIdleSet(2), createIdleSet(3)];
  let derived = 0;
  const states = new StateBySet((set) => ({ number: ++derived, weight: set.totalWeight }));
  const seen = [...sets, ...sets, ...sets.toReversed()].map((set) => states.of(set));
  expect(derived).toBe(3);
  expect(seen.map(({ weight }) => weight)).toEqual([1, 2, 3, 1, 2, 3, 3, 2, 1]);
});
