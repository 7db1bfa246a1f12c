// What an active check can be told, its defaults, and the one place where both are read.
import { describeValue } from '../options/describe-value.ts';
import type { OptionsReader } from '../options/options-reader.ts';
import type { Probe, ProbeFunction } from './probe.ts';
import type { CheckVerdict } from './rise-and-fall.ts';

/** An active check: a probe, and when to use it. */
export interface CheckOptions {
  /** What is asked: `tcpProbe()`, `httpProbe()`, or a function of yours. */
  readonly probe: Probe | ProbeFunction;
  /** What events and statistics call it. @defaultValue the probe's name */
  readonly name?: string;
  /** From the end of one probe to the start of the next, in milliseconds. @defaultValue 5000 */
  readonly intervalMs?: number;
  /** The same while the verdict may be about to change, in milliseconds. @defaultValue 1000, or `intervalMs` if that is less */
  readonly fastIntervalMs?: number;
  /** The same while the endpoint is unhealthy, in milliseconds. @defaultValue `intervalMs` */
  readonly downIntervalMs?: number;
  /** How much longer or shorter each of these waits may be by chance, in percent from 0 to 100: proxies must not probe in step. @defaultValue 10 */
  readonly jitterPercent?: number;
  /** The most time one probe takes, in milliseconds. @defaultValue 2000 */
  readonly timeoutMs?: number;
  /** How many successes in a row make an unhealthy endpoint healthy. @defaultValue 2 */
  readonly rise?: number;
  /** How many failures in a row make a healthy endpoint unhealthy. @defaultValue 3 */
  readonly fall?: number;
  /**
   * What holds before the first probe. `unknown`: no work yet, and the first probe decides alone; who finds no other endpoint waits for it.
   * @defaultValue `'healthy'`
   */
  readonly initialState?: CheckVerdict;
  /** The first probe of an endpoint comes after a time by chance, up to this one, in milliseconds. @defaultValue `fastIntervalMs` */
  readonly startSpreadMs?: number;
}

/** `CheckOptions`, complete. */
export interface ResolvedCheck {
  readonly name: string;
  readonly probe: ProbeFunction;
  readonly intervalMs: number;
  readonly fastIntervalMs: number;
  readonly downIntervalMs: number;
  readonly jitterPercent: number;
  readonly timeoutMs: number;
  readonly rise: number;
  readonly fall: number;
  readonly initialState: CheckVerdict;
  readonly startSpreadMs: number;
}

/** The defaults of `CheckOptions`, but for those that follow from others. Rise and fall are HAProxy's. */
export const checkDefaults: Readonly<
  Pick<
    ResolvedCheck,
    'intervalMs' | 'fastIntervalMs' | 'jitterPercent' | 'timeoutMs' | 'rise' | 'fall' | 'initialState'
  >
> = Object.freeze({
  intervalMs: 5_000,
  fastIntervalMs: 1_000,
  jitterPercent: 10,
  timeoutMs: 2_000,
  rise: 2,
  fall: 3,
  initialState: 'healthy',
});

const verdicts: readonly CheckVerdict[] = ['healthy', 'unhealthy', 'unknown'];

/** Reads a list of checks; a probe by itself is a check with the defaults. */
export function readChecks(reader: OptionsReader, key: string): readonly ResolvedCheck[] {
  return reader.list(key, (item, path) =>
    reader.at(readProbe(item) === undefined ? item : { probe: item }, path, readCheck),
  );
}

function readCheck(reader: OptionsReader): ResolvedCheck | undefined {
  const value = reader.raw('probe');
  const probe = readProbe(value);
  if (probe === undefined) {
    reader.issue('probe', `must be a function or have a name and a check function, got ${describeValue(value)}`);
  }
  const name = reader.string('name');
  const read = (key: 'intervalMs' | 'fastIntervalMs' | 'downIntervalMs' | 'timeoutMs', usual: number): number =>
    reader.number(key, { default: usual, min: 1, max: 86_400_000 });
  const intervalMs = read('intervalMs', checkDefaults.intervalMs);
  const fastIntervalMs = read('fastIntervalMs', Math.min(intervalMs, checkDefaults.fastIntervalMs));
  const schedule = {
    intervalMs,
    fastIntervalMs,
    downIntervalMs: read('downIntervalMs', intervalMs),
    jitterPercent: reader.number('jitterPercent', { default: checkDefaults.jitterPercent, min: 0, max: 100 }),
    timeoutMs: read('timeoutMs', checkDefaults.timeoutMs),
    rise: reader.integer('rise', { default: checkDefaults.rise, min: 1 }),
    fall: reader.integer('fall', { default: checkDefaults.fall, min: 1 }),
    initialState: reader.choice('initialState', verdicts, { default: checkDefaults.initialState }),
    startSpreadMs: reader.number('startSpreadMs', { default: fastIntervalMs, min: 0, max: 86_400_000 }),
  };
  return probe === undefined ? undefined : { ...schedule, probe: probe.ask, name: name ?? probe.name };
}

function readProbe(value: unknown): { readonly name: string; readonly ask: ProbeFunction } | undefined {
  if (typeof value === 'function')
    return { name: value.name === '' ? 'custom' : value.name, ask: value as ProbeFunction };
  const probe = value as Partial<Probe> | null | undefined;
  if (typeof probe?.check !== 'function' || typeof probe.name !== 'string') return undefined;
  const { name } = probe;
  return { name, ask: (endpoint, scope) => (probe as Probe).check(endpoint, scope) };
}
