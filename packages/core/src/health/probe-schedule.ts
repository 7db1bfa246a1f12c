// When an endpoint is probed next. Pure: chance is passed in.
import type { ResolvedCheck } from './check-options.ts';
import type { RiseAndFall } from './rise-and-fall.ts';

/** The part of a check's options that says when. */
export type ProbeSchedule = Pick<
  ResolvedCheck,
  'intervalMs' | 'fastIntervalMs' | 'downIntervalMs' | 'jitterPercent' | 'startSpreadMs'
>;

/** The wait before the first probe, for a number by chance in [0, 1). */
export function firstWaitMs(schedule: ProbeSchedule, chance: number): number {
  return schedule.startSpreadMs * chance;
}

/** The wait after a probe, for a number by chance in [0, 1). */
export function nextWaitMs(
  schedule: ProbeSchedule,
  { verdict, isChanging }: Pick<RiseAndFall, 'verdict' | 'isChanging'>,
  chance: number,
): number {
  const steadyMs = verdict === 'unhealthy' ? schedule.downIntervalMs : schedule.intervalMs;
  const waitMs = isChanging ? schedule.fastIntervalMs : steadyMs;
  return waitMs * (1 + (schedule.jitterPercent / 100) * (2 * chance - 1));
}
