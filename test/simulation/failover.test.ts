// Endpoints die and come back, in simulated time with seeded chance: what work is lost, who bears it, and for how long.

import { createManualClock, createSeededRandom, createUpstream, type UpstreamOptions } from '@sluice/core';
import { describe, expect, test } from 'vitest';
import { runTraffic, type TrafficReport } from './simulated-traffic.ts';

const failTimeoutMs = 1000;

interface Outage {
  readonly ids: readonly string[];
  readonly fromMs: number;
  readonly untilMs: number;
}

/** 500 arrivals a second for 20 seconds, 10 ms of work each, while some endpoints are dead for some time. */
async function simulate(
  outages: readonly Outage[],
  options: Partial<UpstreamOptions> = {},
): Promise<TrafficReport & { readonly events: readonly string[] }> {
  const clock = createManualClock();
  const random = createSeededRandom(5);
  const endpoints = ['a', 'b', 'c', 'd'].map((id) => ({ address: `${id}:1`, id }));
  const upstream = createUpstream({ endpoints, health: { failTimeoutMs }, clock, random, ...options });
  const events: string[] = [];
  upstream.on('endpoint-ejected', ({ endpoint }) => events.push(`${endpoint.id} ejected`));
  upstream.on('endpoint-recovered', ({ endpoint }) => events.push(`${endpoint.id} recovered`));
  const isDead = (id: string): boolean =>
    outages.some(({ ids, fromMs, untilMs }) => ids.includes(id) && clock.now() >= fromMs && clock.now() < untilMs);
  const report = await runTraffic({
    upstream,
    clock,
    random,
    arrivalsPerSecond: 500,
    durationMs: 20_000,
    workMs: () => 10,
    isAlive: ({ id }) => !isDead(id),
  });
  await upstream.close();
  expect(clock.pendingTimers).toBe(0);
  return { ...report, events };
}

describe('failover', () => {
  test('nothing is lost when one of four is dead, and it is hardly bothered', async () => {
    const report = await simulate([{ ids: ['b'], fromMs: 5000, untilMs: 15_000 }]);
    expect(report).toMatchObject({ done: report.arrived, lost: {} });
    expect(report.arrived).toBeGreaterThan(9500);
    // One failure ejects it; from then on it is tried once for each failTimeoutMs of the outage.
    expect(report.failures).toEqual({ b: 10_000 / failTimeoutMs });
    expect(report.events.at(-1)).toBe('b recovered');
  });

  test('it has its full share again afterwards', async () => {
    const report = await simulate([{ ids: ['b'], fromMs: 2000, untilMs: 6000 }]);
    // A quarter of the time that it is there; it may miss the wait for its next trial, and the trial.
    const inRotationMs = 20_000 - 4000;
    const expected = (report.arrived / 20_000) * (inRotationMs / 4);
    const mayMissMs = failTimeoutMs + 100;
    const tolerance = (report.arrived / 20_000) * (mayMissMs / 4) + 5 * Math.sqrt(expected);
    expect(Math.abs((report.attempts['b'] ?? 0) - expected)).toBeLessThan(tolerance);
  });

  test('nothing is lost when endpoints die in turn', async () => {
    const outages = ['a', 'b', 'c', 'd'].map((id, index) => ({
      ids: [id],
      fromMs: index * 4000,
      untilMs: index * 4000 + 3000,
    }));
    const report = await simulate(outages, { balancer: 'least-requests', health: { failTimeoutMs, maxFails: 3 } });
    expect(report).toMatchObject({ done: report.arrived, lost: {} });
    expect(report.events.filter((event) => event.endsWith('recovered'))).toEqual(
      ['a', 'b', 'c', 'd'].map((id) => `${id} recovered`),
    );
  });

  test('backups get work only while no primary is there', async () => {
    const endpoints = ['a', 'b', 'c', 'd'].map((id) => ({ address: `${id}:1`, id, backup: id === 'd' }));
    const idle = await simulate([{ ids: ['a', 'b'], fromMs: 2000, untilMs: 10_000 }], { endpoints });
    expect(idle.attempts).not.toHaveProperty('d');
    const busy = await simulate([{ ids: ['a', 'b', 'c'], fromMs: 2000, untilMs: 10_000 }], { endpoints });
    expect(busy).toMatchObject({ done: busy.arrived, lost: {} });
    // The backup has the whole outage, and the others have the rest but for the wait for their first trial.
    const perMs = busy.arrived / 20_000;
    expect(busy.attempts['d']).toBeGreaterThan(perMs * 8000 * 0.95);
    expect(busy.attempts['d']).toBeLessThan(perMs * (8000 + failTimeoutMs) * 1.05);
  });

  test('after a total outage work goes on at once with panic, and after failTimeoutMs without', async () => {
    const outage = { ids: ['a', 'b', 'c', 'd'], fromMs: 5000, untilMs: 8000 };
    const lostIn = async (panic: boolean): Promise<number> => {
      const report = await simulate([outage], { health: { failTimeoutMs, panic } });
      expect(report.done + (report.lost['SLUICE_NO_ENDPOINT'] ?? 0)).toBe(report.arrived);
      return (report.lost['SLUICE_NO_ENDPOINT'] ?? 0) / (report.arrived / 20_000);
    };
    const [withPanic, without] = [await lostIn(true), await lostIn(false)];
    // In milliseconds of traffic: 3000 in which nothing can be done, and a standard deviation of sqrt(1500) arrivals, or 78 ms.
    expect(Math.abs(withPanic - 3000)).toBeLessThan(5 * 78);
    expect(without).toBeGreaterThan(withPanic);
    expect(without).toBeLessThan(3000 + failTimeoutMs + 5 * 78);
  });

  test('a queue carries work over when what is left is full', async () => {
    const endpoints = ['a', 'b', 'c', 'd'].map((id) => ({ address: `${id}:1`, id, maxInFlight: 3 }));
    const report = await simulate([{ ids: ['a', 'b'], fromMs: 5000, untilMs: 15_000 }], { endpoints });
    // Two endpoints with three leases of 10 ms each can do 600 a second, and 500 arrive.
    expect(report).toMatchObject({ done: report.arrived, lost: {}, mostInFlight: 3 });
  });
});
