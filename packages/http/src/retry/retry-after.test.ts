import { expect, test } from 'vitest';
import { parseRetryAfter } from './retry-after.ts';

const now = Date.parse('Wed, 21 Oct 2026 07:28:00 GMT');

test('a number is seconds', () => {
  expect([parseRetryAfter('0', now), parseRetryAfter('120', now)]).toEqual([0, 120_000]);
});

test('a date is how long it is until then', () => {
  expect(parseRetryAfter('Wed, 21 Oct 2026 07:28:05 GMT', now)).toBe(5_000);
  expect(parseRetryAfter('Wednesday, 21-Oct-26 07:28:05 GMT', now)).toBe(5_000);
  expect(parseRetryAfter('Wed, 21 Oct 2015 07:28:00 GMT', now)).toBe(0);
});

test.each(['', '-1', '1.5', '1e3', '0x10', 'soon', '12345678901', '2026-10-21', 'Wed, 99 Oct 2026 07:28:00 GMT'])(
  'anything else is no answer: %j',
  (value) => {
    expect(parseRetryAfter(value, now)).toBeUndefined();
  },
);
