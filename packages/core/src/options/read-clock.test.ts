import { expect, test } from 'vitest';
import { createManualClock, systemClock, type Clock } from '../clock.ts';
import { readClock } from './read-clock.ts';
import { resolveOptions } from './resolve-options.ts';

const read = (options: object): Clock => resolveOptions(options, 'options', (reader) => readClock(reader));

test('takes a clock as it is, and the system’s when there is none', () => {
  const clock = createManualClock();
  expect([read({ clock }), read({}), read({ clock: null })]).toEqual([clock, systemClock, systemClock]);
});

test('takes its maker’s when it is told to', () => {
  const clock = createManualClock();
  const readOr = (options: object): Clock => resolveOptions(options, 'options', (reader) => readClock(reader, clock));
  expect([readOr({}), readOr({ clock: systemClock })]).toEqual([clock, systemClock]);
});

test.each([{}, 5, { now: () => 0, setTimer: () => {} }])('refuses %o', (clock) => {
  expect(() => read({ clock })).toThrow('clock must have the functions now, wallTimeMs and setTimer, got');
});
