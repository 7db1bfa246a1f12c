import { expect, test } from 'vitest';
import { judgeFailuresInARow } from './consecutive-failures.ts';

test('so many in a row, and no fewer', () => {
  expect([4, 5, 6].map((inARow) => judgeFailuresInARow(inARow, 5))).toEqual([
    undefined,
    '5 failures in a row',
    '6 failures in a row',
  ]);
});

test('never when it is switched off', () => {
  expect(judgeFailuresInARow(1000, 0)).toBe(undefined);
});
