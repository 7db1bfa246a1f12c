import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { zoneShares, type ZoneSituation } from './zone-shares.ts';

/** The shares of these numbers of endpoints and proxies. */
function situationsOf(zones: readonly (readonly [endpoints: number, proxies: number])[]): ZoneSituation[] {
  const endpoints = zones.reduce((sum, [count]) => sum + count, 0);
  const proxies = zones.reduce((sum, [, count]) => sum + count, 0);
  return zones.map(([some, others]) => ({ endpointShare: some / endpoints, proxyShare: others / proxies }));
}

describe('zone shares', () => {
  test('everything stays here when our zone has its share of the endpoints, or more', () => {
    const even = [
      [2, 1],
      [2, 1],
    ] as const;
    expect(zoneShares(situationsOf(even))).toEqual([1, 0]);
    const rich = [
      [3, 1],
      [1, 1],
    ] as const;
    expect(zoneShares(situationsOf(rich))).toEqual([1, 0]);
  });

  test('what is too much for our zone goes to those that have more than they need', () => {
    // A quarter of the endpoints for half of the proxies: half of our work is one quarter of all.
    const poor = [
      [1, 2],
      [2, 1],
      [1, 1],
    ] as const;
    expect(zoneShares(situationsOf(poor))).toEqual([0.5, 0.5, 0]);
  });

  test('everything goes elsewhere when nothing is here, and nothing when nowhere else is anything', () => {
    const nothingHere = [
      [0, 1],
      [3, 0],
      [1, 0],
    ] as const;
    expect(zoneShares(situationsOf(nothingHere))).toEqual([0, 0.75, 0.25]);
    expect(zoneShares([{ endpointShare: 0, proxyShare: 1 }])).toEqual([1]);
    expect(zoneShares([])).toEqual([]);
  });

  test('every endpoint of every zone gets the same, when each zone does the like', () => {
    const counts = fc.tuple(fc.integer({ min: 0, max: 20 }), fc.integer({ min: 1, max: 20 }));
    fc.assert(
      fc.property(fc.array(counts, { minLength: 1, maxLength: 6 }), (zones) => {
        fc.pre(zones.some(([endpoints]) => endpoints > 0));
        const situations = situationsOf(zones);
        const received = situations.map(() => 0);
        for (const [from, { proxyShare }] of situations.entries()) {
          const order = [from, ...situations.keys()].filter((zone, place) => place === 0 || zone !== from);
          const shares = zoneShares(order.map((zone) => situations[zone]!));
          for (const [place, zone] of order.entries()) received[zone]! += proxyShare * shares[place]!;
        }
        for (const [zone, { endpointShare }] of situations.entries())
          expect(received[zone]).toBeCloseTo(endpointShare, 9);
      }),
    );
  });
});
