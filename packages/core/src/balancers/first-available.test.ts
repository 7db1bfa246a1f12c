import { expect, test } from 'vitest';
import { createIdleSet, describeBalancer, pickIds } from './balancer-contract.ts';
import { firstAvailable } from './first-available.ts';

describeBalancer('first-available', firstAvailable, false);

test('picks the first in the order of the options that takes work, whatever is in flight', () => {
  const set = createIdleSet(0, 1, 5);
  set.endpoints[1]!.inFlight = 100;
  expect(pickIds(firstAvailable(), set, 3)).toEqual(['b', 'b', 'b']);
  expect(pickIds(firstAvailable(), set, 1, ({ id }) => id !== 'b')).toEqual(['c']);
});
