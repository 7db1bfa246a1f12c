import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { spillOver, tierHealth } from './spill-over.ts';

/** The loads of tiers of which so many per cent are healthy, in whole per cent. */
function loadsOf(...fitPercents: number[]): number[] {
  return spillOver(fitPercents.map((percent) => tierHealth(percent / 100, 1.4))).map((load) => Math.round(load * 100));
}

describe('spill-over', () => {
  // The table of Envoy's documentation of priority levels, with two tiers and with three.
  test.each([
    [100, [100, 0]],
    [72, [100, 0]],
    [71, [99, 1]],
    [50, [70, 30]],
    [25, [35, 65]],
    [0, [0, 100]],
  ])('with %i %% of the first tier healthy, the loads are %j', (percent, loads) => {
    expect(loadsOf(percent, 100)).toEqual(loads);
  });

  test('goes on to the third tier when two can not carry all', () => {
    expect(loadsOf(100, 100, 100)).toEqual([100, 0, 0]);
    expect(loadsOf(50, 20, 100)).toEqual([70, 28, 2]);
    expect(loadsOf(0, 0, 5)).toEqual([0, 0, 100]);
  });

  test('gives each its part when all together can not carry all', () => {
    expect(loadsOf(25, 25)).toEqual([50, 50]);
    expect(loadsOf(10, 30)).toEqual([25, 75]);
    expect(loadsOf(0, 0)).toEqual([0, 0]);
  });

  test('never spills over while anything of a tier is healthy, when nothing is too much for it', () => {
    expect(tierHealth(0.001, Infinity)).toBe(1);
    expect(tierHealth(0, Infinity)).toBe(0);
  });

  test('gives all of the work away, to tiers that can carry some, and to no tier more than it can carry while there is another', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 6 }), (healths) => {
        const loads = spillOver(healths);
        const possible = healths.reduce((sum, health) => sum + health, 0);
        const given = loads.reduce((sum, load) => sum + load, 0);
        expect(given).toBeCloseTo(possible === 0 ? 0 : 1, 9);
        for (const [index, load] of loads.entries()) {
          expect(load).toBeGreaterThanOrEqual(0);
          const health = healths[index] ?? 0;
          const most = health > 0 && possible < 1 ? 1 : health;
          expect(load).toBeLessThanOrEqual(most === 0 ? 0 : most + 1e-9);
        }
      }),
    );
  });
});
