import { expect, test } from 'vitest';
import { resolveWeightWish } from './weight-wish.ts';

test('a wish is complete with its weight', () => {
  expect(resolveWeightWish({ weightPercent: 50 })).toEqual({ weightPercent: 50, holdMs: 30_000, reason: 'asked for' });
});

test('a wish that makes no sense is refused', () => {
  expect(() => resolveWeightWish({ weightPercent: 101, holdMs: 0 })).toThrow(
    'weightPercent must be a number from 0 to 100, got 101; holdMs must be a number >= 1, got 0',
  );
  expect(() => resolveWeightWish({} as never)).toThrow('weightPercent must be a number from 0 to 100');
});
