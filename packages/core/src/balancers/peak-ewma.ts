// Peak EWMA: of two endpoints drawn by weight, the one that is expected to answer sooner, by its recent latency and what it has in flight.
import type { Endpoint } from '../endpoint/endpoint.ts';
import { systemClock, type Clock } from '../clock.ts';
import { readClock } from '../options/read-clock.ts';
import { resolveOptions } from '../options/resolve-options.ts';
import { systemRandom, type Random } from '../random.ts';
import type { Balancer } from './balancer.ts';
import { pickWeighted } from './random.ts';

/** How latencies are remembered. */
export interface PeakEwmaOptions {
  /** How long a latency counts: after this time, in milliseconds, its weight has fallen to 1/e. @defaultValue 10000 */
  readonly decayMs?: number;
  /** Where time comes from. @defaultValue the system's */
  readonly clock?: Clock;
  /** Where chance comes from. @defaultValue the system's */
  readonly random?: Random;
}

/**
 * Draws two endpoints by weight and takes the one with the lower cost: the moving average of its latency times what it will have in flight.
 *
 * The average jumps to a latency that is above it at once and falls to lower ones slowly, so that an endpoint in trouble is avoided from its first slow
 * answer on, and is tried again as the memory of it fades (Finagle's Peak EWMA, by O. Anderson, 2014). Nothing is known of a new endpoint: it is tried
 * with one request at a time until it has answered. A failure counts as a second, and as twice the average, at least.
 */
export function peakEwma(options: PeakEwmaOptions = {}): Balancer {
  const { decayMs, clock, chance } = resolveOptions(options, 'peakEwma', (reader) => ({
    decayMs: reader.integer('decayMs', { default: 10_000, min: 1 }),
    clock: options.clock === undefined ? systemClock : readClock(reader),
    chance: reader.function<Random>('random') ?? systemRandom,
  }));
  const averages = new Averages(decayMs);
  return {
    name: 'peak-ewma',
    observe: (endpoint, latencyMs, failed) => averages.add(endpoint.id, latencyMs, failed, clock.now()),
    pick(set, hint) {
      const first = pickWeighted(set, hint, chance, undefined);
      if (first === undefined) return undefined;
      const second = pickWeighted(set, hint, chance, first);
      if (second === undefined) return first;
      return averages.isCheaper(second, first) ? second : first;
    },
  };
}

/** An average and when it was true. */
interface Average {
  latencyMs: number;
  atMs: number;
}

/** What an endpoint costs that has work and has never answered. */
const unknownCost = 1e9;
/** The least that a failure counts as, in milliseconds. */
const failureMs = 1000;
/** The most averages that are kept; those of endpoints that are long gone leave first. */
const maxAverages = 4096;

class Averages {
  readonly #decayMs: number;
  readonly #byId = new Map<string, Average>();
  /** When something was heard last. Picks go by it, since a look at the clock would allocate: without answers there is nothing to forget. */
  #nowMs = 0;
  /** The costs that are compared; a number that a function returns may be allocated. */
  readonly #costs = new Float64Array(2);

  constructor(decayMs: number) {
    this.#decayMs = decayMs;
  }

  add(id: string, latencyMs: number, failed: boolean, nowMs: number): void {
    this.#nowMs = nowMs;
    const average = this.#byId.get(id);
    const kept = average === undefined ? 0 : this.#keptShare(average);
    const decayedMs = average === undefined ? 0 : average.latencyMs * kept;
    // An endpoint that fails fast must not look like one that answers fast.
    const observedMs = failed ? Math.max(latencyMs, failureMs, 2 * decayedMs) : latencyMs;
    const latency = observedMs > decayedMs ? observedMs : decayedMs + observedMs * (1 - kept);
    if (average === undefined) this.#remember(id, { latencyMs: latency, atMs: nowMs });
    else {
      average.latencyMs = latency;
      average.atMs = nowMs;
    }
  }

  /** Whether one endpoint costs less than another. */
  isCheaper(one: Endpoint, other: Endpoint): boolean {
    this.#noteCost(0, one);
    this.#noteCost(1, other);
    return (this.#costs[0] as number) < (this.#costs[1] as number);
  }

  #noteCost(at: number, { id, inFlight, currentWeight }: Endpoint): void {
    const average = this.#byId.get(id);
    if (average === undefined) this.#costs[at] = inFlight === 0 ? 0 : unknownCost + inFlight;
    else this.#costs[at] = (average.latencyMs * this.#keptShare(average) * (inFlight + 1)) / currentWeight;
  }

  /** How much of an average counts still. */
  #keptShare({ atMs }: Average): number {
    return Math.exp((atMs - this.#nowMs) / this.#decayMs);
  }

  #remember(id: string, average: Average): void {
    this.#byId.set(id, average);
    if (this.#byId.size <= maxAverages) return;
    const [oldest = id] = this.#byId.keys();
    this.#byId.delete(oldest);
  }
}
