// Slow start: the weight of an endpoint that is new, or back, rises over a time, so that cold caches and pools are not run over.
import type { Clock } from '../clock.ts';
import type { OptionsReader } from '../options/options-reader.ts';

/** How the weight rises. */
export interface SlowStartOptions {
  /** How long it takes until an endpoint has its whole weight, in milliseconds. */
  readonly durationMs: number;
  /** The shape of the rise: 1 is a straight line; above 1 the weight rises fast at first and slowly in the end. @defaultValue 1 */
  readonly aggression?: number;
  /** The share of its weight that an endpoint has from the start, in per cent. @defaultValue 10 */
  readonly minWeightPercent?: number;
}

/** `SlowStartOptions`, complete. */
export type ResolvedSlowStart = Required<SlowStartOptions>;

/** Reads the option `slowStart`; `undefined` when it is off. */
export function readSlowStart(reader: OptionsReader): ResolvedSlowStart | undefined {
  if ((reader.raw('slowStart') ?? false) === false) return undefined;
  return reader.nested('slowStart', (slowStart) => {
    if (!slowStart.has('durationMs')) slowStart.issue('durationMs', 'must be given');
    return {
      durationMs: slowStart.number('durationMs', { default: 1, min: 1 }),
      aggression: slowStart.number('aggression', { default: 1, min: 0.1, max: 10 }),
      minWeightPercent: slowStart.number('minWeightPercent', { default: 10, min: 0.1, max: 100 }),
    };
  });
}

/** The slow start of the endpoints of one upstream. */
export class SlowStart {
  readonly #options: ResolvedSlowStart;
  readonly #clock: Clock;

  constructor(options: ResolvedSlowStart, clock: Clock) {
    this.#options = options;
    this.#clock = clock;
  }

  /**
   * The share of its weight that an endpoint has now, above 0 and at most 1: `(elapsed / duration) ^ (1 / aggression)`, as in Envoy.
   *
   * @param startMs - When it came, or came back; `-Infinity` when it was there from the beginning.
   */
  shareOf(startMs: number): number {
    const { durationMs, aggression, minWeightPercent } = this.#options;
    if (startMs === -Infinity) return 1;
    const elapsed = (this.#clock.now() - startMs) / durationMs;
    if (elapsed >= 1) return 1;
    return Math.max(minWeightPercent / 100, elapsed ** (1 / aggression));
  }
}
