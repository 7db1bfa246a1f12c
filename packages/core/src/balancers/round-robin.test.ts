import { expect, test } from 'vitest';
import { createIdleSet, describeBalancer, pickIds } from './balancer-contract.ts';
import { roundRobin } from './round-robin.ts';

describeBalancer('round-robin', roundRobin);

test('takes turns, whatever the weights', () => {
  expect(pickIds(roundRobin(), createIdleSet(5, 1, 1), 7).join('')).toBe('abcabca');
});

test('takes turns among those that are left', () => {
  expect(pickIds(roundRobin(), createIdleSet(1, 1, 1, 1), 6, ({ id }) => id !== 'b').join('')).toBe('acdacd');
});
