// Who gets how much, in simulated time with seeded chance.

import { createManualClock, createSeededRandom, createUpstream, type BalancerName } from '@sluice/core';
import { describe, expect, test } from 'vitest';
import { runTraffic, type TrafficReport } from './simulated-traffic.ts';

const ids = ['a', 'b', 'c', 'd'];
const weights: Readonly<Record<string, number>> = { a: 3, b: 1, c: 1, d: 1 };

interface Case {
  readonly balancer: BalancerName;
  readonly weighted?: boolean;
  readonly slow?: string;
  readonly workMs?: number;
  readonly keys?: number;
}

/** 200 arrivals a second for 20 seconds, 20 ms of work each; an endpoint that is slow takes ten times as long. */
function simulate({ balancer, weighted = true, slow, keys, workMs = 20 }: Case): Promise<TrafficReport> {
  const clock = createManualClock();
  const random = createSeededRandom(20);
  const keyRandom = createSeededRandom(21);
  const endpoints = ids.map((id) => ({ address: `${id}:1`, id, weight: weighted ? (weights[id] ?? 1) : 1 }));
  const upstream = createUpstream({ endpoints, balancer, clock, random });
  return runTraffic({
    upstream,
    clock,
    random,
    arrivalsPerSecond: 200,
    durationMs: 20_000,
    workMs: ({ id }) => (id === slow ? 10 * workMs : workMs),
    ...(keys === undefined ? {} : { key: () => `client-${Math.floor(keyRandom() * keys)}` }),
  });
}

/** How far the endpoint whose share is furthest off is from it, in attempts. */
function worstDeviation({ arrived, attempts }: TrafficReport, shareOf: (id: string) => number): number {
  return Math.max(...ids.map((id) => Math.abs((attempts[id] ?? 0) - arrived * shareOf(id))));
}

const byWeight = (id: string): number => (weights[id] ?? 0) / 6;

/** Five standard deviations of a binomial distribution, for the share whose variance is the largest here. */
const fiveSigma = (count: number): number => 5 * Math.sqrt(count * 0.25);

describe('fairness', () => {
  test('round robin is exact, whatever the weights', async () => {
    const report = await simulate({ balancer: 'round-robin' });
    expect(report.arrived).toBeGreaterThan(3500);
    expect(worstDeviation(report, () => 1 / 4)).toBeLessThan(1);
  });

  test('smooth weighted round robin is exact at any moment', async () => {
    const report = await simulate({ balancer: 'smooth-weighted-round-robin' });
    // After whole cycles of 6 it is exact; within one, nobody is further off than one pick.
    expect(worstDeviation(report, byWeight)).toBeLessThanOrEqual(1);
  });

  test('random is fair by weight within chance', async () => {
    const report = await simulate({ balancer: 'random' });
    expect(worstDeviation(report, byWeight)).toBeLessThan(fiveSigma(report.arrived));
  });

  test.each(['least-requests', 'power-of-two'] as const)(
    '%s is fair by weight when there is much in flight',
    async (balancer) => {
      // 100 pieces of work are in flight, shared by weight; with little in flight an idle endpoint comes first, whatever its weight.
      const report = await simulate({ balancer, workMs: 500 });
      expect(worstDeviation(report, byWeight)).toBeLessThan(fiveSigma(report.arrived));
    },
  );

  test.each(['source-address-hash', 'ring-hash'] as const)('%s is fair to many keys', async (balancer) => {
    const keys = 2000;
    const report = await simulate({ balancer, weighted: false, keys });
    // Each key is placed once, by a hash that is as good as chance; the ring adds the variance of its arcs, of 160 points each.
    const perKey = report.arrived / keys;
    const deviation = Math.sqrt((1 / 4) * (3 / 4) * (1 / keys + 1 / (4 * 160)));
    expect(worstDeviation(report, () => 1 / 4)).toBeLessThan(5 * deviation * keys * perKey);
  });

  test.each(['least-requests', 'power-of-two'] as const)('%s gives a slow endpoint less work', async (balancer) => {
    const blind = await simulate({ balancer: 'round-robin', weighted: false, slow: 'a' });
    const aware = await simulate({ balancer, weighted: false, slow: 'a' });
    expect(blind.attempts['a']).toBeGreaterThan(blind.arrived / 4 - 1);
    expect(aware.attempts['a']).toBeLessThan((blind.attempts['a'] ?? 0) / 2);
    expect(aware.mostInFlight).toBeLessThan(blind.mostInFlight / 2);
  });

  test('the same seed gives the same run', async () => {
    expect(await simulate({ balancer: 'power-of-two' })).toEqual(await simulate({ balancer: 'power-of-two' }));
  });
});
