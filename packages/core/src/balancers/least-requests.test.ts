import { expect, test } from 'vitest';
import { countIds, createIdleSet, describeBalancer, pickIds, type IdleEndpoint } from './balancer-contract.ts';
import { leastRequests } from './least-requests.ts';

describeBalancer('least-requests', leastRequests);

test('picks the endpoint with the least in flight', () => {
  const set = createIdleSet(1, 1, 1);
  for (const [index, inFlight] of [3, 1, 2].entries()) set.endpoints[index]!.inFlight = inFlight;
  expect(pickIds(leastRequests(), set, 3).join('')).toBe('bbb');
  expect(pickIds(leastRequests(), set, 1, ({ id }) => id !== 'b')).toEqual(['c']);
});

test('measures what is in flight by weight', () => {
  const set = createIdleSet(4, 1);
  for (const [index, inFlight] of [7, 2].entries()) set.endpoints[index]!.inFlight = inFlight;
  expect(pickIds(leastRequests(), set, 1)).toEqual(['a']);
  set.endpoints[0]!.inFlight = 9;
  expect(pickIds(leastRequests(), set, 1)).toEqual(['b']);
});

test('rotates among equals by weight', () => {
  expect(pickIds(leastRequests(), createIdleSet(5, 1, 1), 7).join('')).toBe('aabacaa');
  const set = createIdleSet(1, 1, 1);
  set.endpoints[0]!.inFlight = 1;
  expect(pickIds(leastRequests(), set, 4).join('')).toBe('bcbc');
});

test('fills endpoints in proportion to their weights', () => {
  const balancer = leastRequests();
  const set = createIdleSet(3, 2, 1);
  const picked = Array.from({ length: 60 }, () => {
    const endpoint = balancer.pick(set, { accept: () => true }) as IdleEndpoint;
    endpoint.inFlight++;
    return endpoint.id;
  });
  expect(countIds(picked)).toEqual({ a: 30, b: 20, c: 10 });
});
