// Traffic in simulated time: work arrives, takes an endpoint, takes its time, is tried elsewhere when it fails, and is counted.

import {
  isProxyError,
  outcomeOk,
  type AcquireHint,
  type Endpoint,
  type Lease,
  type ManualClock,
  type Random,
  type Upstream,
} from '@sluice/core';

export interface TrafficOptions {
  readonly upstream: Upstream;
  readonly clock: ManualClock;
  readonly random: Random;
  /** How many pieces of work arrive in a second, on average; they arrive independently of each other. */
  readonly arrivalsPerSecond: number;
  readonly durationMs: number;
  /** How long an attempt takes, in milliseconds. */
  readonly workMs: (endpoint: Endpoint) => number;
  /** Whether an endpoint does its work now. @defaultValue always */
  readonly isAlive?: (endpoint: Endpoint) => boolean;
  /** @defaultValue no key */
  readonly key?: () => string;
}

export interface TrafficReport {
  readonly arrived: number;
  readonly done: number;
  /** Work that no endpoint could do, by error code. */
  readonly lost: Readonly<Record<string, number>>;
  /** Attempts that went to each endpoint, and those of them that failed. */
  readonly attempts: Readonly<Record<string, number>>;
  readonly failures: Readonly<Record<string, number>>;
  /** The most attempts that one endpoint had at one time. */
  readonly mostInFlight: number;
}

function add(counts: Record<string, number>, name: string): void {
  counts[name] = (counts[name] ?? 0) + 1;
}

/** Lets the promises that a timer has settled go on. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await Promise.resolve();
}

/** Runs traffic for `durationMs`, and then until the last piece of work is over. */
export async function runTraffic(options: TrafficOptions): Promise<TrafficReport> {
  const { upstream, clock, random, arrivalsPerSecond, durationMs, workMs, isAlive = () => true, key } = options;
  const report = { arrived: 0, done: 0, lost: {}, attempts: {}, failures: {}, mostInFlight: 0 };
  const draw = (meanMs: number): number => -Math.log(1 - random()) * meanMs;

  const attempt = async (lease: Lease): Promise<boolean> => {
    const { endpoint } = lease;
    add(report.attempts, endpoint.id);
    report.mostInFlight = Math.max(report.mostInFlight, endpoint.inFlight);
    const alive = isAlive(endpoint);
    // A dead endpoint refuses at once.
    if (alive) await new Promise<void>((resolve) => void clock.setTimer(resolve, workMs(endpoint)));
    else add(report.failures, endpoint.id);
    lease.release(alive ? outcomeOk : { result: 'failed' });
    return alive;
  };

  const work = async (): Promise<void> => {
    const tried = new Set<string>();
    const hint: AcquireHint = { key: key?.(), accept: ({ id }) => !tried.has(id) };
    try {
      for (;;) {
        const lease = await upstream.acquire(hint);
        tried.add(lease.endpoint.id);
        if (await attempt(lease)) break;
      }
      report.done++;
    } catch (error) {
      if (!isProxyError(error)) throw error;
      add(report.lost, error.code);
    }
  };

  const arrive = (): void => {
    report.arrived++;
    const piece: Promise<void> = work().finally(() => running.delete(piece));
    running.add(piece);
    if (clock.now() < endMs) clock.setTimer(arrive, draw(1000 / arrivalsPerSecond));
  };
  const running = new Set<Promise<void>>();
  const endMs = clock.now() + durationMs;
  clock.setTimer(arrive, 0);
  while (running.size > 0 || clock.now() < endMs) {
    clock.advance(1);
    await settle();
  }
  return report;
}
