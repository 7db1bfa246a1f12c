// Reads where time comes from, which nearly every factory can be told.
import { systemClock, type Clock } from '../clock.ts';
import { describeValue } from './describe-value.ts';
import type { OptionsReader } from './options-reader.ts';

/** Reads the key `clock`. @param fallback - What an absent one reads as. @defaultValue the system's */
export function readClock(reader: OptionsReader, fallback: Clock = systemClock): Clock {
  const value = (reader.raw('clock') ?? fallback) as Partial<Clock>;
  const functions = [value.now, value.wallTimeMs, value.setTimer];
  if (functions.every((member) => typeof member === 'function')) return value as Clock;
  reader.issue('clock', `must have the functions now, wallTimeMs and setTimer, got ${describeValue(value)}`);
  return fallback;
}
