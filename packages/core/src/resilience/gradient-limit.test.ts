import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createManualClock } from '../clock.ts';
import { createSeededRandom } from '../random.ts';
import { adaptiveDefaults } from './adaptive-options.ts';
import { GradientLimit, type GradientSettings } from './gradient-limit.ts';
import { around, createQueueingModel, type ModelledServer } from './queueing-model.ts';

function setUp(server: Pick<ModelledServer, 'workers' | 'serviceMs'>, options: Partial<GradientSettings> = {}) {
  const settings = { ...adaptiveDefaults, minRttJitterPercent: 0, ...options };
  return createQueueingModel((clock) => new GradientLimit(settings, clock, () => 0), server);
}

/**
 * Where the limit settles for so many workers: beyond them, latency grows in proportion to what is in flight (Little's law), so that
 * `limit * gradient` is `1.25 * workers`.
 */
function fixedPoint(workers: number): number {
  return 1.25 * workers + Math.sqrt(1.25 * workers);
}

describe('with a server of so many workers', () => {
  test.each([4, 16, 64, 128])('of %i, settles within a tenth of the formula’s fixed point', (workers) => {
    const model = setUp({ workers, serviceMs: around(20) });
    model.run(10_000);
    const { mean, done } = model.run(10_000);
    expect(mean).toBeGreaterThan(fixedPoint(workers) * 0.9);
    expect(mean).toBeLessThan(fixedPoint(workers) * 1.1);
    // No worker is ever idle.
    expect(done).toBeGreaterThanOrEqual(workers * 500 - workers);
  });

  test('keeps its workers busy when service times vary', () => {
    const random = createSeededRandom(7);
    // Exponential, with a mean of 20 ms: most of it is shorter, so the median is 14 ms.
    const model = setUp({ workers: 16, serviceMs: () => -20 * Math.log(1 - random()) });
    model.run(20_000);
    const { mean, done } = model.run(20_000);
    expect(done).toBeGreaterThan(16 * 1000 * 0.9);
    expect(mean).toBeLessThan(16 * 4);
  });
});

test('measures the least latency first, with as little in flight as may be', () => {
  const model = setUp({ workers: 8, serviceMs: around(10) });
  expect([model.limit.limit, model.limit.explain()]).toEqual([
    3,
    'limit 3 by gradient: measuring the least latency, 0 of 50 samples',
  ]);
  model.run(160);
  expect(model.limit.limit).toBe(3);
  model.run(20);
  expect(model.limit.limit).toBe(20);
  model.run(500);
  expect(model.limit.explain()).toMatch(/^limit \d+ by gradient: latency \d+\.\d ms where \d+\.\d ms is the least$/);
});

test('measures again after a while, later by chance, and goes on from where it was', () => {
  const clock = createManualClock();
  const settings = {
    ...adaptiveDefaults,
    maxInFlight: 50,
    minRttIntervalMs: 10_000,
    minRttJitterPercent: 50,
    minRttSamples: 10,
  };
  const limit = new GradientLimit(settings, clock, () => 0.5);
  const sample = (times: number): void => {
    for (let time = 0; time < times; time++) {
      clock.advance(10);
      limit.onSample(10, limit.limit, false);
    }
  };
  sample(10);
  // Half of 50 % later than 10 s after the measurement.
  sample(1249);
  const before = limit.limit;
  expect(before).toBeGreaterThan(3);
  // The end of the window, at most ten later.
  let more = 0;
  for (; limit.limit > 3; more++) sample(1);
  expect(more).toBeLessThanOrEqual(11);
  sample(10);
  expect(limit.limit).toBeGreaterThanOrEqual(before);
});

test('follows a server that becomes slower for good, by measuring again', () => {
  const model = setUp({ workers: 16, serviceMs: around(20) });
  model.run(20_000);
  model.server.serviceMs = around(100);
  model.run(30_000);
  const { mean, done } = model.run(10_000);
  expect(mean).toBeGreaterThan(fixedPoint(16) * 0.8);
  expect(mean).toBeLessThan(fixedPoint(16) * 1.2);
  expect(done).toBeGreaterThan(1500);
});

test('sinks when the server loses workers, and recovers with them', () => {
  const model = setUp({ workers: 32, serviceMs: around(20) });
  model.run(20_000);
  model.server.workers = 8;
  model.run(5000);
  expect(model.run(5000).mean).toBeLessThan(fixedPoint(8) * 1.1);
  model.server.workers = 32;
  model.run(5000);
  expect(model.run(5000).mean).toBeGreaterThan(fixedPoint(32) * 0.9);
});

test('sinks to its least while all work fails, and does not take that for a measurement', () => {
  const model = setUp({ workers: 16, serviceMs: around(20) });
  model.run(20_000);
  model.server.timeoutMs = 0;
  model.run(20_000);
  expect(model.limit.limit).toBe(3);
  model.server.timeoutMs = Infinity;
  model.run(10_000);
  expect(model.run(5000).mean).toBeGreaterThan(fixedPoint(16) * 0.9);
});

test('does not rise while it is not made use of', () => {
  const model = setUp({ workers: 1000, serviceMs: around(20) });
  model.server.demand = 5;
  model.run(30_000);
  expect(model.limit.limit).toBe(20);
});

test('stays within its bounds, whatever it hears', () => {
  const sample = fc.record({ rttMs: fc.nat(3000), inFlight: fc.integer({ min: 1, max: 100 }), dropped: fc.boolean() });
  fc.assert(
    fc.property(fc.array(sample, { maxLength: 500 }), (samples) => {
      const clock = createManualClock();
      const settings = { ...adaptiveDefaults, minInFlight: 4, maxInFlight: 30, minRttSamples: 5 };
      const limit = new GradientLimit(settings, clock, () => 0.5);
      for (const { rttMs, inFlight, dropped } of samples) {
        clock.advance(rttMs);
        limit.onSample(rttMs, inFlight, dropped);
        expect(limit.limit).toBeGreaterThanOrEqual(4);
        expect(limit.limit).toBeLessThanOrEqual(30);
      }
    }),
  );
});
