// Reads where time comes from, which nearly every factory can be told.
import { systemClock, type Clock } from '../clock.ts';
import { describeValue } from './describe-value.ts';
import type { OptionsReader } from './options-reader.ts';

/** Reads the key `clock`; absent, it is the system's. */
export function readClock(reader: OptionsReader): Clock {
  const value = (reader.raw('clock') ?? systemClock) as Partial<Clock>;
  const functions = [value.now, value.wallTimeMs, value.setTimer];
  if (functions.every((member) => typeof member === 'function')) return value as Clock;
  reader.issue('clock', `must have the functions now, wallTimeMs and setTimer, got ${describeValue(value)}`);
  return systemClock;
}
