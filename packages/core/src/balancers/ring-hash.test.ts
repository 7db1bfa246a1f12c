import { expect, test } from 'vitest';
import { createEndpointSet } from '../endpoint/endpoint-set.ts';
import { OptionsError } from '../options/options-error.ts';
import { countIds, createIdleSet, describeBalancer, pickIds } from './balancer-contract.ts';
import { ringHash } from './ring-hash.ts';

describeBalancer('ring-hash', ringHash);

const keys = 20_000;
const points = 160;

/**
 * Five standard deviations of one endpoint's share, of `n` with equal weights. Its arcs are `points` of `n * points` spacings of a circle,
 * whose sum has the variance share * (1 - share) / (n * points + 1); sampling the ring with `keys` keys adds share * (1 - share) / keys.
 */
function tolerance(n: number): number {
  const share = 1 / n;
  return 5 * Math.sqrt(share * (1 - share) * (1 / (n * points + 1) + 1 / keys));
}

test('spreads keys evenly', () => {
  const n = 10;
  const counts = countIds(pickIds(ringHash(), createIdleSet(...Array.from({ length: n }, () => 1)), keys));
  for (const count of Object.values(counts)) expect(Math.abs(count / keys - 1 / n)).toBeLessThan(tolerance(n));
});

test.each([2, 5, 10, 40])(
  'moves about 1/%i of the keys when one of so many endpoints leaves, and none between the others',
  (n) => {
    const all = createIdleSet(...Array.from({ length: n }, () => 1));
    const leaver = all.endpoints[n >> 1]!.id;
    const others = createEndpointSet(
      2,
      all.endpoints.filter(({ id }) => id !== leaver),
    );
    const before = pickIds(ringHash(), all, keys);
    const after = pickIds(ringHash(), others, keys);
    const moved = before.filter((id, index) => id !== after[index]);
    expect(new Set(moved)).toEqual(new Set([leaver]));
    expect(Math.abs(moved.length / keys - 1 / n)).toBeLessThan(tolerance(n));
  },
);

test('moves the same keys to the same places when an endpoint is vetoed as when it leaves', () => {
  const all = createIdleSet(1, 1, 1, 1, 1);
  const others = createEndpointSet(
    2,
    all.endpoints.filter(({ id }) => id !== 'c'),
  );
  const vetoed = pickIds(ringHash(), all, 5000, ({ id }) => id !== 'c');
  expect(vetoed).toEqual(pickIds(ringHash(), others, 5000));
});

test('gives an endpoint of twice the weight twice the keys', () => {
  const counts = countIds(pickIds(ringHash(), createIdleSet(2, 1, 1), keys));
  // The same derivation as above, for a share of one half of a ring of 640 points.
  expect(Math.abs((counts['a'] ?? 0) / keys - 0.5)).toBeLessThan(5 * Math.sqrt(0.25 * (1 / 641 + 1 / keys)));
});

test('does not depend on the order of the endpoints', () => {
  const set = createIdleSet(1, 2, 3, 1);
  const reversed = createEndpointSet(2, set.endpoints.toReversed());
  expect(pickIds(ringHash(), reversed, 2000)).toEqual(pickIds(ringHash(), set, 2000));
});

test('asks each endpoint at most once per pick', () => {
  const set = createIdleSet(50, 50, 50);
  let asked = 0;
  ringHash().pick(set, { key: 'key', accept: () => ++asked < 0 });
  expect(asked).toBe(3);
});

test('refuses to have no points', () => {
  expect(() => ringHash({ pointsPerWeight: 0 })).toThrow(OptionsError);
  expect(() => ringHash({ pointsPerWieght: 10 } as never)).toThrow('did you mean pointsPerWeight');
});
