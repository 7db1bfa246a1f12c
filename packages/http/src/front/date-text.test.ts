import { createManualClock } from '@sluice/core';
import { expect, test } from 'vitest';
import { DateText } from './date-text.ts';

test('is the date in the form of HTTP, and goes on with time', () => {
  const clock = createManualClock(784_111_777_400);
  const date = new DateText(clock);
  expect(date.now()).toBe('Sun, 06 Nov 1994 08:49:37 GMT');
  clock.advance(599);
  expect(date.now()).toBe('Sun, 06 Nov 1994 08:49:37 GMT');
  clock.advance(1);
  expect(date.now()).toBe('Sun, 06 Nov 1994 08:49:38 GMT');
});
