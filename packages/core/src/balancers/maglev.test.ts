import { expect, test } from 'vitest';
import { createEndpointSet } from '../endpoint/endpoint-set.ts';
import { OptionsError } from '../options/options-error.ts';
import { countIds, createIdleSet, describeBalancer, pickIds } from './balancer-contract.ts';
import { maglev } from './maglev.ts';

describeBalancer('maglev', maglev);

const keys = 20_000;

/** Five standard deviations of a binomial distribution, and one turn of the table. */
function tolerance(share: number): number {
  return 5 * Math.sqrt(keys * share * (1 - share)) + keys / 65_537;
}

test('spreads keys by weight', () => {
  const counts = countIds(pickIds(maglev(), createIdleSet(4, 2, 1, 1), keys));
  for (const [id, share] of Object.entries({ a: 1 / 2, b: 1 / 4, c: 1 / 8, d: 1 / 8 }))
    expect(Math.abs((counts[id] ?? 0) - keys * share)).toBeLessThan(tolerance(share));
});

test.each([5, 10, 40])(
  'moves about 1/%i of the keys when one of so many endpoints leaves, and few of the others',
  (n) => {
    const all = createIdleSet(...Array.from({ length: n }, () => 1));
    const leaver = all.endpoints[n >> 1]!.id;
    const others = createEndpointSet(
      2,
      all.endpoints.filter(({ id }) => id !== leaver),
    );
    const before = pickIds(maglev(), all, keys);
    const after = pickIds(maglev(), others, keys);
    const moved = before.filter((id, index) => id !== after[index]);
    const moreThanNeeded = moved.filter((id) => id !== leaver);
    expect(Math.abs(moved.length - moreThanNeeded.length - keys / n)).toBeLessThan(tolerance(1 / n));
    // The paper measures a few per cent (section 5.3).
    expect(moreThanNeeded.length / keys).toBeLessThan(0.05);
  },
);

test('does not depend on the order of the endpoints', () => {
  const set = createIdleSet(1, 2, 3, 1);
  expect(pickIds(maglev(), createEndpointSet(2, set.endpoints.toReversed()), 2000)).toEqual(
    pickIds(maglev(), set, 2000),
  );
});

test('refuses tables whose size is not prime', () => {
  expect(() => maglev({ tableSize: 65_536 })).toThrow(OptionsError);
  expect(() => maglev({ tableSize: 1 })).toThrow(OptionsError);
  expect(pickIds(maglev({ tableSize: 251 }), createIdleSet(1, 1), 10)).toHaveLength(10);
});
