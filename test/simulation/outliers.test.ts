// Outlier detection in simulated time with seeded chance: what it finds, how soon, what that saves, and what it leaves alone.

import {
  createManualClock,
  createSeededRandom,
  createUpstream,
  type EndpointState,
  type Lease,
  type OutlierOptions,
} from '@sluice/core';
import { describe, expect, test } from 'vitest';

const intervalMs = 10_000;

interface Scene {
  readonly endpoints: number;
  readonly seconds: number;
  /** Requests of all endpoints together. @defaultValue 1000 */
  readonly perSecond?: number;
  /** How likely a request fails on the endpoint of that number. */
  readonly failure?: (endpoint: number) => number;
  /** How long a request takes there, on average, in milliseconds. @defaultValue 10 */
  readonly meanMs?: (endpoint: number) => number;
  readonly outliers?: OutlierOptions;
  readonly seed?: number;
}

/** Runs requests one after the other; each is released at once with what it came to. */
function simulate({
  endpoints,
  seconds,
  perSecond = 1000,
  failure = () => 0,
  meanMs = () => 10,
  outliers = {},
  seed = 1,
}: Scene) {
  const clock = createManualClock();
  const random = createSeededRandom(seed);
  const upstream = createUpstream({
    endpoints: Array.from({ length: endpoints }, (_, index) => ({ id: String(index), address: `e${index}:1` })),
    health: { outliers: { intervalMs, ...outliers } },
    clock,
    random,
  });
  const ejected: string[] = [];
  upstream.on('endpoint-ejected', ({ endpoint, detector }) =>
    ejected.push(`${endpoint.id} ${detector} ${Math.floor(clock.now() / 1000)}`),
  );
  const failures = { firstInterval: 0, later: 0 };
  const requests = { firstInterval: 0, later: 0 };
  let mostOut = 0;
  for (let request = 0; request < seconds * perSecond; request++) {
    clock.advance(1000 / perSecond);
    const lease = upstream.acquire() as Lease;
    const endpoint = Number(lease.endpoint.id);
    const isFailure = random() < failure(endpoint);
    const part = clock.now() <= intervalMs ? 'firstInterval' : 'later';
    requests[part]++;
    if (isFailure) failures[part]++;
    const latencyMs = -Math.log(1 - random()) * meanMs(endpoint);
    lease.release({ result: isFailure ? 'failed' : 'ok', answered: true, latencyMs });
    if (request % perSecond === 0) mostOut = Math.max(mostOut, countStates(upstream.stats().endpoints, 'ejected'));
  }
  return { ejected, failures, requests, mostOut };
}

function countStates(endpoints: readonly { readonly state: EndpointState }[], wanted: EndpointState): number {
  return endpoints.filter(({ state }) => state === wanted).length;
}

describe('outlier detection', () => {
  test('leaves endpoints alone that are alike, however imperfect', () => {
    // 1000 requests for each endpoint and interval: a standard deviation of 0.44 points, where 5 points are needed.
    const { ejected } = simulate({
      endpoints: 10,
      seconds: 300,
      failure: () => 0.02,
      meanMs: () => 40,
      outliers: { latency: {} },
    });
    expect(ejected).toEqual([]);
  });

  test('finds one of ten that fails one request in five at the first comparison, and it hardly matters from then on', () => {
    const failure = (endpoint: number): number => (endpoint === 3 ? 0.2 : 0.001);
    const { ejected, failures, requests } = simulate({ endpoints: 10, seconds: 300, failure });
    expect(ejected[0]).toBe(`3 success-rate ${intervalMs / 1000}`);
    // A tenth of the requests failed one time in five.
    expect(failures.firstInterval / requests.firstInterval).toBeGreaterThan(0.015);
    // It is out for 30, 60, 90 and 120 s, and back for an interval after each of them: at most 30 of these 290 s.
    expect(failures.later / requests.later).toBeLessThan(0.001 + (0.2 / 10) * (40 / 290));
    expect(ejected.every((line) => line.startsWith('3 '))).toBe(true);
  });

  test('finds one of three that fails more than half of its requests, where comparing means nothing', () => {
    const failure = (endpoint: number): number => (endpoint === 1 ? 0.6 : 0);
    const { ejected } = simulate({ endpoints: 3, seconds: 30, failure, outliers: { consecutiveFailures: 0 } });
    expect(ejected[0]).toBe(`1 failure-percentage ${intervalMs / 1000}`);
  });

  test('finds the one that takes ten times as long', () => {
    const meanMs = (endpoint: number): number => (endpoint === 2 ? 300 : 30);
    const { ejected } = simulate({ endpoints: 5, seconds: 60, meanMs, outliers: { latency: {} } });
    expect(ejected[0]).toBe(`2 latency ${intervalMs / 1000}`);
    expect(ejected.every((line) => line.startsWith('2 '))).toBe(true);
  });

  test('does not take part of the fleet away for what all of it suffers from', () => {
    const outliers = { consecutiveFailures: 0, failurePercentage: false } as const;
    expect(simulate({ endpoints: 10, seconds: 120, failure: () => 0.5, outliers }).ejected).toEqual([]);
  });

  test.each([10, 30, 50])('takes no more than %i of a hundred endpoints away', (maxEjectionPercent) => {
    const { mostOut } = simulate({ endpoints: 10, seconds: 120, failure: () => 0.9, outliers: { maxEjectionPercent } });
    expect(mostOut).toBe(maxEjectionPercent / 10);
  });
});
