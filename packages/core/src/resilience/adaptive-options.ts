// What a limit that finds itself can be told, the defaults, and the one place where both are read.
import type { Clock } from '../clock.ts';
import type { OptionsReader } from '../options/options-reader.ts';
import type { Random } from '../random.ts';
import { AimdLimit, type AimdSettings } from './aimd-limit.ts';
import type { ConcurrencyLimit } from './concurrency-limit.ts';
import { GradientLimit, type GradientSettings } from './gradient-limit.ts';

/** How an upstream finds out by itself how much work it may have in flight. Work is timed for it. */
export interface AdaptiveOptions {
  /**
   * `gradient` compares latencies with the least that there is, and needs no number from you; `aimd` adds a little each round trip until work
   * fails or takes `slowMs`, then takes away a share. @defaultValue `'gradient'`
   */
  readonly algorithm?: 'gradient' | 'aimd';
  /** The limit is never lower; at least 1. With `gradient`, as much is in flight while the least latency is measured. @defaultValue 3 */
  readonly minInFlight?: number;
  /** The limit is never higher. `limits.maxInFlight` holds besides. @defaultValue 1000 */
  readonly maxInFlight?: number;
  /** Where the limit begins. @defaultValue 20 */
  readonly initialInFlight?: number;
  /** `gradient`: how much longer than the least work may take before the limit sinks, in percent. @defaultValue 25 */
  readonly tolerancePercent?: number;
  /** `gradient`: how often the limit is adjusted, in milliseconds; after ten requests at the earliest. @defaultValue 100 */
  readonly sampleWindowMs?: number;
  /** `gradient`: how often the least latency is measured anew, in milliseconds. @defaultValue 60000 */
  readonly minRttIntervalMs?: number;
  /** `gradient`: how much later by chance, in percent: proxies must not all measure at once. @defaultValue 15 */
  readonly minRttJitterPercent?: number;
  /** `gradient`: how many requests a measurement takes, from 1 to 1000. @defaultValue 50 */
  readonly minRttSamples?: number;
  /** `aimd`: what takes as long as this is taken for a sign of overload, in milliseconds. @defaultValue false: only failures are */
  readonly slowMs?: number | false;
  /** `aimd`: what remains of the limit then, from 0.1 to 0.99. @defaultValue 0.9 */
  readonly backoffRatio?: number;
}

/** `AdaptiveOptions`, complete. */
export interface ResolvedAdaptive extends AimdSettings, GradientSettings {
  readonly algorithm: 'gradient' | 'aimd';
}

/** The defaults of `AdaptiveOptions`; those of `gradient` are Envoy's, those of `aimd` Netflix's. */
export const adaptiveDefaults: ResolvedAdaptive = Object.freeze({
  algorithm: 'gradient',
  minInFlight: 3,
  maxInFlight: 1000,
  initialInFlight: 20,
  tolerancePercent: 25,
  sampleWindowMs: 100,
  minRttIntervalMs: 60_000,
  minRttJitterPercent: 15,
  minRttSamples: 50,
  slowMs: Infinity,
  backoffRatio: 0.9,
});

/** Reads the option `adaptive` of the limits: `true` is all defaults; without it there is none. */
export function readAdaptive(reader: OptionsReader): ResolvedAdaptive | undefined {
  const value = reader.raw('adaptive') ?? false;
  if (value === false) return undefined;
  return value === true ? adaptiveDefaults : reader.nested('adaptive', readAdaptiveOptions);
}

/** Makes the limit of one upstream. */
export function createConcurrencyLimit(adaptive: ResolvedAdaptive, clock: Clock, random: Random): ConcurrencyLimit {
  return adaptive.algorithm === 'aimd' ? new AimdLimit(adaptive, clock) : new GradientLimit(adaptive, clock, random);
}

function readAdaptiveOptions(reader: OptionsReader): ResolvedAdaptive {
  const usual = adaptiveDefaults;
  const minInFlight = reader.integer('minInFlight', { default: usual.minInFlight, min: 1 });
  const maxInFlight = reader.integer('maxInFlight', {
    default: Math.max(usual.maxInFlight, minInFlight),
    min: minInFlight,
  });
  const ms = (name: 'sampleWindowMs' | 'minRttIntervalMs'): number =>
    reader.number(name, { default: usual[name], min: 1 });
  const percent = (name: 'tolerancePercent' | 'minRttJitterPercent', max: number): number =>
    reader.number(name, { default: usual[name], min: 0, max });
  return {
    algorithm: reader.choice('algorithm', ['gradient', 'aimd'], { default: usual.algorithm }),
    minInFlight,
    maxInFlight,
    initialInFlight: reader.integer('initialInFlight', {
      default: Math.min(maxInFlight, Math.max(minInFlight, usual.initialInFlight)),
      min: minInFlight,
      max: maxInFlight,
    }),
    tolerancePercent: percent('tolerancePercent', 1000),
    sampleWindowMs: ms('sampleWindowMs'),
    minRttIntervalMs: ms('minRttIntervalMs'),
    minRttJitterPercent: percent('minRttJitterPercent', 100),
    minRttSamples: reader.integer('minRttSamples', { default: usual.minRttSamples, min: 1, max: 1000 }),
    slowMs: reader.milliseconds('slowMs', { default: usual.slowMs }),
    backoffRatio: reader.number('backoffRatio', { default: usual.backoffRatio, min: 0.1, max: 0.99 }),
  };
}
