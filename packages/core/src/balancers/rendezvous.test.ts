import { expect, test } from 'vitest';
import { createEndpointSet } from '../endpoint/endpoint-set.ts';
import { countIds, createIdleSet, describeBalancer, pickIds } from './balancer-contract.ts';
import { rendezvous } from './rendezvous.ts';

describeBalancer('rendezvous', rendezvous);

const keys = 20_000;

/** Five standard deviations of a binomial distribution. */
function tolerance(share: number): number {
  return 5 * Math.sqrt(keys * share * (1 - share));
}

test('spreads keys by weight', () => {
  const counts = countIds(pickIds(rendezvous(), createIdleSet(4, 2, 1, 1), keys));
  for (const [id, share] of Object.entries({ a: 1 / 2, b: 1 / 4, c: 1 / 8, d: 1 / 8 }))
    expect(Math.abs((counts[id] ?? 0) - keys * share)).toBeLessThan(tolerance(share));
});

test.each([2, 5, 10, 40])('moves exactly the keys of the one of %i endpoints that leaves', (n) => {
  const all = createIdleSet(...Array.from({ length: n }, () => 1));
  const leaver = all.endpoints[n >> 1]!.id;
  const others = createEndpointSet(
    2,
    all.endpoints.filter(({ id }) => id !== leaver),
  );
  const before = pickIds(rendezvous(), all, keys);
  const after = pickIds(rendezvous(), others, keys);
  const moved = before.filter((id, index) => id !== after[index]);
  expect(new Set(moved)).toEqual(new Set([leaver]));
  expect(Math.abs(moved.length - keys / n)).toBeLessThan(tolerance(1 / n));
});

test('a weight that falls moves keys away from its endpoint only', () => {
  const set = createIdleSet(2, 2, 2);
  const before = pickIds(rendezvous(), set, keys);
  set.endpoints[0]!.currentWeight = 1;
  const after = pickIds(rendezvous(), set, keys);
  const movedFrom = new Set(before.filter((id, index) => id !== after[index]));
  expect(movedFrom).toEqual(new Set(['a']));
  expect(Math.abs((countIds(after)['a'] ?? 0) - keys / 5)).toBeLessThan(tolerance(1 / 5));
});
