// For tests: a server of so many workers, which does what comes in order, under as much demand as a limit lets in. It knows nothing but time.
import { createManualClock, type ManualClock } from '../clock.ts';
import { createSeededRandom } from '../random.ts';
import type { ConcurrencyLimit } from './concurrency-limit.ts';

/** The server at this moment; change it, and it is another. */
export interface ModelledServer {
  workers: number;
  /** How long a worker takes for one piece of work. */
  serviceMs: () => number;
  /** How much work there is at one time, let in or not. */
  demand: number;
  /** What takes longer than this has failed. */
  timeoutMs: number;
}

/** A model under way. */
export interface QueueingModel {
  readonly clock: ManualClock;
  readonly server: ModelledServer;
  /** Runs it for so long. @returns the limits after each piece of work, and how much was done */
  run(ms: number): { readonly limits: readonly number[]; readonly mean: number; readonly done: number };
}

interface Work {
  readonly beganMs: number;
  readonly endsMs: number;
  readonly inFlight: number;
}

/** Service times around a mean, a tenth more or less: without any difference, everything would happen in lockstep. */
export function around(meanMs: number, seed = 1): () => number {
  const random = createSeededRandom(seed);
  return () => meanMs * (0.9 + 0.2 * random());
}

/** Makes a model for a limit. */
export function createQueueingModel(
  createLimit: (clock: ManualClock) => ConcurrencyLimit,
  server: Pick<ModelledServer, 'workers' | 'serviceMs'> & Partial<ModelledServer>,
): QueueingModel & { readonly limit: ConcurrencyLimit } {
  const clock = createManualClock();
  const limit = createLimit(clock);
  const model: ModelledServer = { demand: Infinity, timeoutMs: Infinity, ...server };
  /** In the order in which it ends. */
  const underWay: Work[] = [];
  /** When each worker is free again. */
  let freeAtMs: number[] = [];
  const begin = (): void => {
    const nowMs = clock.now();
    freeAtMs = Array.from({ length: model.workers }, (_, worker) => freeAtMs[worker] ?? nowMs);
    const first = freeAtMs.indexOf(Math.min(...freeAtMs));
    const endsMs = Math.max(nowMs, freeAtMs[first] ?? nowMs) + model.serviceMs();
    freeAtMs[first] = endsMs;
    const after = underWay.findLastIndex((work) => work.endsMs <= endsMs);
    underWay.splice(after + 1, 0, { beganMs: nowMs, endsMs, inFlight: underWay.length + 1 });
  };
  return {
    clock,
    limit,
    server: model,
    run(ms) {
      const untilMs = clock.now() + ms;
      const limits: number[] = [];
      while (clock.now() < untilMs) {
        while (underWay.length < Math.min(limit.limit, model.demand)) begin();
        const next = underWay.shift();
        if (next === undefined) break;
        clock.advance(Math.max(0, next.endsMs - clock.now()));
        const rttMs = clock.now() - next.beganMs;
        limit.onSample(rttMs, next.inFlight, rttMs > model.timeoutMs);
        limits.push(limit.limit);
      }
      return { limits, mean: limits.reduce((sum, one) => sum + one, 0) / limits.length, done: limits.length };
    },
  };
}
