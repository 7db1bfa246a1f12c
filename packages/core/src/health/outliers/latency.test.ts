import { expect, test } from 'vitest';
import { findByLatency, latencyOutlierDefaults } from './latency.ts';
import type { OutlierSample } from './outlier-sample.ts';

const sample = (latencyMs: number | undefined, total = 100): OutlierSample => ({ total, failed: 0, latencyMs });
const find = (
  latencies: readonly (number | undefined)[],
  more: Partial<typeof latencyOutlierDefaults> = {},
): number[] =>
  findByLatency(
    latencies.map((latencyMs) => sample(latencyMs)),
    { ...latencyOutlierDefaults, ...more },
  ).map(({ index }) => index);

test('several times the median stands out, the worst first', () => {
  expect(find([100, 100, 301, 100, 900])).toEqual([4, 2]);
  expect(find([100, 100, 299])).toEqual([]);
});

test('a small difference does not, however large the factor', () => {
  expect(find([1, 1, 50])).toEqual([]);
  expect(find([1, 1, 52])).toEqual([2]);
});

test('of an even number the faster half says what is usual', () => {
  expect(find([10, 10, 500, 500])).toEqual([2, 3]);
});

test('all alike stand out nowhere, nor do too few', () => {
  expect(find([900, 900, 900])).toEqual([]);
  expect(find([10, 900])).toEqual([]);
  expect(find([])).toEqual([]);
});

test('those that were not measured are not judged', () => {
  expect(find([10, undefined, 900])).toEqual([]);
  expect(find([undefined, 10, 10, 900])).toEqual([3]);
  expect(findByLatency([sample(10), sample(10), sample(900, 19)], latencyOutlierDefaults)).toEqual([]);
});

test('says what was seen', () => {
  expect(findByLatency([sample(10), sample(11), sample(900)], latencyOutlierDefaults)[0]?.reason).toBe(
    'took 900 ms where 11 ms is usual',
  );
});
