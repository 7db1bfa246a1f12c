import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createManualClock } from '../clock.ts';
import { adaptiveDefaults } from './adaptive-options.ts';
import { AimdLimit } from './aimd-limit.ts';
import { around, createQueueingModel } from './queueing-model.ts';

const settings = { ...adaptiveDefaults, initialInFlight: 20, slowMs: 100 };

test('grows by one in a round trip, when it is made use of', () => {
  const limit = new AimdLimit(settings, createManualClock());
  for (let sample = 0; sample < 21; sample++) limit.onSample(10, 20, false);
  expect(limit.limit).toBe(21);
  for (let sample = 0; sample < 1000; sample++) limit.onSample(10, 10, false);
  expect(limit.limit).toBe(21);
});

test('shrinks once in a round trip', () => {
  const clock = createManualClock();
  const limit = new AimdLimit(settings, clock);
  clock.advance(100);
  limit.onSample(100, 20, false);
  expect([limit.limit, limit.explain()]).toEqual([18, 'limit 18 by aimd: lowered last for a latency of 100 ms']);
  clock.advance(50);
  limit.onSample(60, 20, true);
  expect(limit.limit).toBe(18);
  limit.onSample(50, 20, true);
  expect([limit.limit, limit.explain()]).toEqual([16, 'limit 16 by aimd: lowered last for a failure']);
});

test('settles where work takes as long as it may, by Little’s law', () => {
  // 10 workers of 20 ms take 100 ms for each of 50 in flight. From there a cut leaves 45; service times that differ make it a tenth more or less.
  const model = createQueueingModel((clock) => new AimdLimit(settings, clock), { workers: 10, serviceMs: around(20) });
  model.run(20_000);
  const { limits, done } = model.run(20_000);
  expect(Math.max(...limits)).toBeLessThanOrEqual(55);
  expect(Math.min(...limits)).toBeGreaterThanOrEqual(40);
  // All workers work all the time.
  expect(done).toBeGreaterThanOrEqual(10 * 1000 - 10);
});

test('follows a server that becomes slower, and recovers', () => {
  const model = createQueueingModel((clock) => new AimdLimit(settings, clock), { workers: 10, serviceMs: around(20) });
  model.run(20_000);
  model.server.serviceMs = around(80);
  model.run(20_000);
  // 100 ms are 12.5 in flight now.
  expect(model.run(10_000).mean).toBeGreaterThan(10);
  expect(model.run(10_000).mean).toBeLessThan(14);
  model.server.serviceMs = around(20);
  model.run(20_000);
  expect(model.run(10_000).mean).toBeGreaterThan(42);
});

test('stays within its bounds, whatever it hears', () => {
  const sample = fc.record({ rttMs: fc.nat(300), inFlight: fc.integer({ min: 1, max: 100 }), dropped: fc.boolean() });
  fc.assert(
    fc.property(fc.array(sample, { maxLength: 500 }), (samples) => {
      const clock = createManualClock(1000);
      const limit = new AimdLimit({ ...settings, minInFlight: 4, maxInFlight: 30 }, clock);
      for (const { rttMs, inFlight, dropped } of samples) {
        clock.advance(rttMs);
        limit.onSample(rttMs, inFlight, dropped);
        expect(limit.limit).toBeGreaterThanOrEqual(4);
        expect(limit.limit).toBeLessThanOrEqual(30);
      }
    }),
  );
});
