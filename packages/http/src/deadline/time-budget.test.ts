import fc from 'fast-check';
import { expect, test } from 'vitest';
import { deadlineFormats, formatTimeBudget, parseTimeBudget, type DeadlineFormat } from './time-budget.ts';

const nowMs = 1_700_000_000_000;

test.each<[string, DeadlineFormat, number | undefined]>([
  ['250', 'milliseconds', 250],
  ['0', 'milliseconds', 0],
  ['1.5', 'milliseconds', 1.5],
  ['1.5', 'seconds', 1500],
  ['2H', 'grpc-timeout', 7_200_000],
  ['3M', 'grpc-timeout', 180_000],
  ['4S', 'grpc-timeout', 4_000],
  ['99999999m', 'grpc-timeout', 99_999_999],
  ['5000u', 'grpc-timeout', 5],
  ['5000000n', 'grpc-timeout', 5],
  ['123456789m', 'grpc-timeout', undefined],
  ['5', 'grpc-timeout', undefined],
  ['m', 'grpc-timeout', undefined],
  ['5s', 'grpc-timeout', undefined],
  ['1700000000500', 'unix-milliseconds', 500],
  ['1699999999', 'unix-seconds', -1000],
])('%s as %s is %s ms', (value, format, expected) => {
  expect(parseTimeBudget(value, format, nowMs)).toBe(expected);
});

test.each(['', '-1', '+1', '1e3', '0x10', ' 5', '5 ', 'Infinity', 'NaN', '5ms', '1,5', '.5', '5.', '1'.repeat(16)])(
  '%j says no time',
  (value) => {
    for (const format of deadlineFormats) expect(parseTimeBudget(value, format, nowMs)).toBeUndefined();
  },
);

test.each<[number, DeadlineFormat, string]>([
  [250.9, 'milliseconds', '250'],
  [0.2, 'milliseconds', '1'],
  [1500, 'seconds', '1.5'],
  [1500, 'grpc-timeout', '1500m'],
  [200_000_000, 'grpc-timeout', '200000S'],
  [1e15, 'grpc-timeout', '99999999S'],
  [500, 'unix-milliseconds', '1700000000500'],
  [500, 'unix-seconds', '1700000000.500'],
])('%d ms as %s is written %s', (budgetMs, format, expected) => {
  expect(formatTimeBudget(budgetMs, format, nowMs)).toBe(expected);
});

test('what is written is read again, and is never more than there was', () => {
  fc.assert(
    fc.property(
      fc.double({ min: 1, max: 1e12, noNaN: true }),
      fc.constantFrom(...deadlineFormats),
      (budgetMs, format) => {
        const read = parseTimeBudget(formatTimeBudget(budgetMs, format, nowMs), format, nowMs);
        expect(read).toBeGreaterThan(0);
        expect(read).toBeLessThanOrEqual(budgetMs + 0.01);
      },
    ),
  );
});

test('anything gets a number or undefined', () => {
  fc.assert(
    fc.property(fc.string(), fc.constantFrom(...deadlineFormats), (value, format) => {
      const budget = parseTimeBudget(value, format, nowMs);
      expect(budget === undefined || Number.isFinite(budget)).toBe(true);
    }),
  );
});
