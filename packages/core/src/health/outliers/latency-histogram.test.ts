import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LatencyHistogram } from './latency-histogram.ts';

test('percentiles are right within the width of a bucket', () => {
  const latency = fc.double({ min: 0, max: 600_000, noNaN: true });
  fc.assert(
    fc.property(
      fc.array(latency, { minLength: 1, maxLength: 200 }),
      fc.integer({ min: 1, max: 100 }),
      (list, percent) => {
        const histogram = new LatencyHistogram();
        for (const each of list) histogram.add(each);
        const sorted = list.toSorted((one, other) => one - other);
        const exact = sorted[Math.ceil((list.length * percent) / 100) - 1] ?? 0;
        const found = histogram.percentile(percent);
        return found >= exact - 1e-9 * exact && found <= (exact + 1) * 2 ** (1 / 4) - 1 + 1e-9 * (exact + 1);
      },
    ),
  );
});

test('takes anything, and can forget it', () => {
  const histogram = new LatencyHistogram();
  for (const odd of [-1, 0, 1e12]) histogram.add(odd);
  expect([histogram.total, histogram.percentile(100) > 600_000]).toEqual([3, true]);
  histogram.clear();
  expect([histogram.total, histogram.percentile(50)]).toEqual([0, 0]);
});
