import { expect, test } from 'vitest';
import { createIdleSet } from './balancer-contract.ts';
import { isEligible } from './balancer.ts';

test('an endpoint of weight 0 is not eligible and not asked about', () => {
  const [none, some] = createIdleSet(0, 1).endpoints;
  const asked: string[] = [];
  const hint = { accept: ({ id }: { id: string }) => asked.push(id) > 0 };
  expect([isEligible(none!, hint), isEligible(some!, hint)]).toEqual([false, true]);
  expect(asked).toEqual(['b']);
});
