// A source that asks again and again: the ground of those for DNS and HTTP, and of yours. When to ask after a failure is the follower's matter.
import { createAbortScope, type AbortScope } from '../abort-scope.ts';
import type { Clock } from '../clock.ts';
import { coreError } from '../errors.ts';
import type { OptionsReader } from '../options/options-reader.ts';
import { readClock } from '../options/read-clock.ts';
import { resolveOptions } from '../options/resolve-options.ts';
import { pause } from '../pause.ts';
import { systemRandom, type Random } from '../random.ts';
import type { EndpointSnapshot, EndpointSource } from './endpoint-source.ts';

/**
 * Asks once. Throwing means that there is no answer at the moment.
 *
 * @param scope - Aborted when the time is over, or when nobody wants to know any more; `scope.signal` is the same as an `AbortSignal`.
 * @param previous - The last answer since the last failure. Returning it says that it still holds.
 */
export type PollFunction = (
  scope: AbortScope,
  previous: EndpointSnapshot | undefined,
) => EndpointSnapshot | Promise<EndpointSnapshot>;

/** What every source that asks again and again can be told. */
export interface PollOptions {
  /** How much longer or shorter each wait may be by chance, in percent from 0 to 100: proxies must not ask in step. @defaultValue 10 */
  readonly jitterPercent?: number;
  /** The most time one answer takes, in milliseconds. @defaultValue 5000 */
  readonly timeoutMs?: number;
  /** Where time comes from. @defaultValue the system's */
  readonly clock?: Clock;
  /** Where chance comes from. @defaultValue the system's */
  readonly random?: Random;
}

/** What `pollEndpoints` takes. */
export interface PollEndpointsOptions extends PollOptions {
  /** What events and statistics call it. */
  readonly name: string;
  /** Asks once. */
  readonly poll: PollFunction;
  /** From an answer without `ttlMs` to the next question, in milliseconds. @defaultValue 5000 */
  readonly intervalMs?: number;
}

/** `PollOptions`, complete. */
export type ResolvedPoll = Required<PollOptions>;

/** Reads what every source that asks can be told. */
export function readPoll(reader: OptionsReader): ResolvedPoll {
  return {
    jitterPercent: reader.number('jitterPercent', { default: 10, min: 0, max: 100 }),
    timeoutMs: reader.number('timeoutMs', { default: 5_000, min: 1, max: 86_400_000 }),
    clock: readClock(reader),
    random: reader.function<Random>('random') ?? systemRandom,
  };
}

/** Reads the key `intervalMs`. */
export function readPollInterval(reader: OptionsReader): number {
  return reader.number('intervalMs', { default: 5_000, min: 1, max: 86_400_000 });
}

/**
 * Makes a source of a function that asks where the endpoints are.
 *
 * @throws OptionsError with every issue
 * @example
 * ```ts
 * const source = pollEndpoints({
 *   name: 'registry',
 *   intervalMs: 10_000,
 *   poll: async (scope) => {
 *     const response = await fetch('http://registry.internal/api', { signal: scope.signal });
 *     return { endpoints: (await response.json()) as string[] };
 *   },
 * });
 * ```
 */
export function pollEndpoints(options: PollEndpointsOptions): EndpointSource {
  const { name, poll, intervalMs, ...settings } = resolveOptions(options, 'pollEndpoints', (reader) => {
    const ask = reader.function<PollFunction>('poll');
    if (ask === undefined) reader.issue('poll', 'must be given');
    if (!reader.has('name')) reader.issue('name', 'must be given');
    return {
      name: reader.string('name', { default: '' }),
      poll: ask as PollFunction,
      intervalMs: readPollInterval(reader),
      ...readPoll(reader),
    };
  });
  return { name, watch: (scope) => watch(name, poll, intervalMs, settings, scope) };
}

async function* watch(
  name: string,
  poll: PollFunction,
  intervalMs: number,
  { jitterPercent, timeoutMs, clock, random }: ResolvedPoll,
  scope: AbortScope,
): AsyncGenerator<EndpointSnapshot, void> {
  let previous: EndpointSnapshot | undefined;
  const late = (): Error => coreError('SLUICE_DISCOVERY_FAILED', `${name} did not answer within ${timeoutMs} ms`);
  while (!scope.aborted) {
    try {
      const ask = (attempt: AbortScope): ReturnType<PollFunction> => poll(attempt, previous);
      previous = await inTime(ask, timeoutMs, late, clock, scope);
      yield previous;
      const { ttlMs = intervalMs } = previous;
      const waitMs = ttlMs > 0 ? ttlMs : intervalMs;
      await pause(waitMs * (1 + (jitterPercent / 100) * (2 * random() - 1)), clock, scope);
    } catch (error) {
      if (!scope.aborted) throw error;
    }
  }
}

/** The answer, or a rejection when the time or the parent scope ends first; also of a function that does not heed its scope. */
async function inTime<Answer>(
  ask: (scope: AbortScope) => Answer | Promise<Answer>,
  timeoutMs: number,
  late: () => Error,
  clock: Clock,
  parent: AbortScope,
): Promise<Answer> {
  const scope = createAbortScope(parent);
  const deadline = clock.setTimer(() => scope.abort(late()), timeoutMs);
  try {
    return await new Promise<Answer>((resolve, reject) => {
      scope.onAbort(reject);
      Promise.resolve()
        .then(() => ask(scope))
        .then(resolve, reject);
    });
  } finally {
    deadline.cancel();
    scope.close();
  }
}
