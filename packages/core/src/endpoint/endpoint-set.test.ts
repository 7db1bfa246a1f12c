import { expect, test } from 'vitest';
import { createIdleSet } from '../balancers/balancer-contract.ts';
import { createEndpointSet } from './endpoint-set.ts';

test('is a snapshot of the list it was made of', () => {
  const list = [...createIdleSet(3, 0, 4).endpoints];
  const set = createEndpointSet(7, list);
  list.pop();
  expect(set.endpoints.map(({ id }) => id)).toEqual(['a', 'b', 'c']);
  expect([set.generation, set.totalWeight]).toEqual([7, 7]);
  expect(Object.isFrozen(set) && Object.isFrozen(set.endpoints)).toBe(true);
});
