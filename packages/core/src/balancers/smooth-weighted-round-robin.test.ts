import fc from 'fast-check';
import { expect, test } from 'vitest';
import { countIds, createIdleSet, describeBalancer, pickIds } from './balancer-contract.ts';
import { smoothWeightedRoundRobin } from './smooth-weighted-round-robin.ts';

describeBalancer('smooth-weighted-round-robin', smoothWeightedRoundRobin);

test('gives the sequence of nginx for the weights 5, 1, 1', () => {
  expect(pickIds(smoothWeightedRoundRobin(), createIdleSet(5, 1, 1), 14).join('')).toBe('aabacaaaabacaa');
});

test('gives each endpoint exactly its weight in every cycle of the total weight', () => {
  const weights = fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 8 });
  fc.assert(
    fc.property(weights, fc.integer({ min: 1, max: 3 }), (each, cycles) => {
      const set = createIdleSet(...each);
      const counts = countIds(pickIds(smoothWeightedRoundRobin(), set, set.totalWeight * cycles));
      expect(set.endpoints.map(({ id }) => counts[id])).toEqual(each.map((weight) => weight * cycles));
    }),
  );
});

test('divides the share of an endpoint that is vetoed among the others by their weights', () => {
  const counts = countIds(pickIds(smoothWeightedRoundRobin(), createIdleSet(4, 2, 1), 300, ({ id }) => id !== 'a'));
  expect(counts).toEqual({ b: 200, c: 100 });
});
