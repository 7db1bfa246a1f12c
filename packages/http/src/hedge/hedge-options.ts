// Everything that can be said about hedges, and the defaults.
import { describeValue, type OptionsReader } from '@sluice/core';
import { isIdempotent } from '../retry/should-retry.ts';

/** When a second endpoint is asked while the first still thinks (Dean and Barroso, The Tail at Scale, CACM 2013). One of `afterMs` and `percentile`. */
export interface HedgeOptions {
  /** How long an attempt may take before another one starts, in milliseconds. */
  readonly afterMs?: number;
  /**
   * The same, learned from the upstream's own answers, as a share of them: with 0.95 another attempt starts when 95 % of the answers of the last
   * half minute, or whole one, had come sooner.
   */
  readonly percentile?: number;
  /** With `percentile`: the least wait, in milliseconds. @defaultValue 5 */
  readonly minMs?: number;
  /** With `percentile`: how many answers it takes to learn from; before, nothing is hedged. @defaultValue 100 */
  readonly minSamples?: number;
  /** The most attempts of one exchange that start while another runs. They count as tries for `maxAttempts`. @defaultValue 1 */
  readonly maxHedges?: number;
  /**
   * The methods that are hedged. Those that change something only if the order of changes does not matter: the loser of a `PUT` may reach its
   * endpoint after the client's next one. @defaultValue `['GET', 'HEAD', 'OPTIONS']`
   */
  readonly methods?: readonly string[];
}

/** `HedgeOptions`, complete. */
export interface ResolvedHedge {
  /** `undefined`: by the percentile. */
  readonly afterMs: number | undefined;
  readonly percentile: number;
  readonly minMs: number;
  readonly minSamples: number;
  readonly maxHedges: number;
  readonly methods: ReadonlySet<string>;
}

const safeMethods: readonly string[] = ['GET', 'HEAD', 'OPTIONS'];

/** Reads the options; `undefined` when nothing is hedged. */
export function readHedge(reader: OptionsReader, key: string): ResolvedHedge | undefined {
  if ((reader.raw(key) ?? false) === false) return undefined;
  return reader.nested(key, (hedge) => {
    if (hedge.has('afterMs') === hedge.has('percentile'))
      hedge.issue('afterMs', 'or percentile must be given, and only one of them');
    return {
      afterMs: hedge.number('afterMs', { min: 0 }),
      percentile: hedge.number('percentile', { default: 0.95, min: 0, max: 1 }),
      minMs: hedge.number('minMs', { default: 5, min: 0 }),
      minSamples: hedge.integer('minSamples', { default: 100, min: 1 }),
      maxHedges: hedge.integer('maxHedges', { default: 1, min: 1 }),
      methods: readMethods(hedge),
    };
  });
}

function readMethods(reader: OptionsReader): ReadonlySet<string> {
  if (!reader.has('methods')) return new Set(safeMethods);
  const methods = reader.list('methods', (value, path) => {
    if (typeof value === 'string' && isIdempotent(value)) return value;
    reader.issue(path, `must be an idempotent method, got ${describeValue(value)}`);
    return undefined;
  });
  return new Set(methods);
}
