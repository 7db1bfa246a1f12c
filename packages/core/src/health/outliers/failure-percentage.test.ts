import { expect, test } from 'vitest';
import { failurePercentageDefaults, findByFailurePercentage } from './failure-percentage.ts';
import type { OutlierSample } from './outlier-sample.ts';

const sample = (total: number, failed: number): OutlierSample => ({ total, failed, latencyMs: undefined });
const options = { ...failurePercentageDefaults, minRequests: 10 };
const find = (samples: readonly OutlierSample[], more: Partial<typeof options> = {}): number[] =>
  findByFailurePercentage(samples, { ...options, ...more }).map(({ index }) => index);

test('finds those over the share, the worst first', () => {
  expect(find([sample(10, 5), sample(10, 4), sample(20, 20), sample(10, 0)])).toEqual([2, 0]);
});

test('says what was seen', () => {
  expect(findByFailurePercentage([sample(30, 20), sample(10, 0)], options)[0]?.reason).toBe(
    '67 % of 30 requests failed',
  );
});

test('does not judge little work, nor too few endpoints', () => {
  expect(find([sample(9, 9), sample(10, 10), sample(10, 0)])).toEqual([1]);
  expect(find([sample(10, 10), sample(9, 0)])).toEqual([]);
  expect(find([sample(10, 10), sample(10, 0)], { minEndpoints: 3 })).toEqual([]);
  expect(find([sample(0, 0), sample(0, 0)], { minRequests: 0 })).toEqual([]);
});
