import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { OutlierSample } from './outlier-sample.ts';
import { findBySuccessRate, successRateDefaults } from './success-rate.ts';

const sample = (failed: number, total = 100): OutlierSample => ({ total, failed, latencyMs: undefined });
const find = (samples: readonly OutlierSample[], more: Partial<typeof successRateDefaults> = {}): number[] =>
  findBySuccessRate(samples, { ...successRateDefaults, ...more }).map(({ index }) => index);

describe('the success rate', () => {
  test('of one among five stands out', () => {
    expect(find([sample(0), sample(1), sample(40), sample(0), sample(1)])).toEqual([2]);
  });

  test('is compared with the mean less a multiple of the standard deviation', () => {
    // Rates 100 100 100 100 80: mean 96, deviation 8. 80 is two deviations below.
    const samples = [sample(0), sample(0), sample(0), sample(0), sample(20)];
    expect(find(samples, { deviations: 1.99 })).toEqual([4]);
    expect(find(samples, { deviations: 2.01 })).toEqual([]);
    expect(findBySuccessRate(samples, successRateDefaults)[0]?.reason).toBe(
      '80.0 % of its requests succeeded, 96.0 % of all',
    );
  });

  test('does not stand out by a few failures, however well the others do', () => {
    const samples = [sample(0), sample(0), sample(0), sample(0), sample(5)];
    expect(find(samples, { minGapPercent: 0 })).toEqual([4]);
    expect(find(samples)).toEqual([]);
  });

  test('of all alike stands out nowhere', () => {
    expect(find(Array.from({ length: 10 }, () => sample(60)))).toEqual([]);
    expect(find([])).toEqual([]);
  });

  test('is not judged by little work, nor among few endpoints', () => {
    const rest = [sample(0), sample(0), sample(0), sample(0)];
    expect(find([...rest, sample(99, 99)])).toEqual([]);
    expect(find([...rest.slice(1), sample(100)])).toEqual([]);
  });

  test('never stands out above the mean, and at most one of N is sqrt(N - 1) deviations below', () => {
    const samples = fc.array(
      fc.nat(100).map((failed) => sample(failed)),
      { minLength: 2, maxLength: 12 },
    );
    fc.assert(
      fc.property(samples, (list) => {
        const mean = list.reduce((sum, { failed }) => sum + failed, 0) / list.length;
        const found = find(list, { minEndpoints: 2, deviations: 1, minGapPercent: 0 });
        const extreme = find(list, {
          minEndpoints: 2,
          deviations: Math.sqrt(list.length - 1) + 1e-6,
          minGapPercent: 0,
        });
        return found.every((index) => (list[index]?.failed ?? 0) > mean) && extreme.length === 0;
      }),
    );
  });
});
