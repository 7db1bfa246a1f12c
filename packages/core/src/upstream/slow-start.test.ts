import { expect, test } from 'vitest';
import { createManualClock } from '../clock.ts';
import { OptionsError } from '../options/options-error.ts';
import { createUpstream } from './create-upstream.ts';
import { outcomeOk } from './lease.ts';
import { SlowStart } from './slow-start.ts';
import type { UpstreamOptions } from './upstream-options.ts';

function shares(aggression: number): number[] {
  const clock = createManualClock();
  const slowStart = new SlowStart({ durationMs: 1000, aggression, minWeightPercent: 10 }, clock);
  return [0, 250, 250, 500].map((ms) => {
    clock.advance(ms);
    return Number(slowStart.shareOf(0).toFixed(2));
  });
}

test('rises in a straight line, or fast at first, from the least share on', () => {
  expect(shares(1)).toEqual([0.1, 0.25, 0.5, 1]);
  expect(shares(2)).toEqual([0.1, 0.5, 0.71, 1]);
});

function setUp(options: Partial<UpstreamOptions> = {}) {
  const clock = createManualClock();
  const endpoints = ['a:1', 'b:1'].map((address) => ({ address, id: address.slice(0, 1) }));
  const upstream = createUpstream({ endpoints, clock, slowStart: { durationMs: 10_000 }, ...options });
  const weights = (): number[] =>
    upstream.stats().endpoints.map(({ currentWeight }) => Number(currentWeight.toFixed(2)));
  return { clock, endpoints, upstream, weights };
}

test('endpoints of the beginning have their whole weight, those that come later rise to it', () => {
  const { clock, endpoints, upstream, weights } = setUp();
  expect(weights()).toEqual([1, 1]);
  upstream.update([...endpoints, { address: 'c:1', weight: 4 }]);
  expect(weights()).toEqual([1, 1, 0.4]);
  clock.advance(5000);
  expect(weights()).toEqual([1, 1, 2]);
  upstream.update([...endpoints, { address: 'c:1', weight: 8 }]);
  expect(weights()).toEqual([1, 1, 4]);
  clock.advance(5000);
  expect(weights()).toEqual([1, 1, 8]);
});

test('gets its share of the work as it rises', () => {
  const { clock, endpoints, upstream } = setUp();
  upstream.update([...endpoints, { address: 'c:1', id: 'c' }]);
  const share = (): number => {
    let count = 0;
    for (let index = 0; index < 2200; index++) {
      const lease = upstream.acquire();
      if (lease instanceof Promise) throw new Error('a wait where none was expected');
      if (lease.endpoint.id === 'c') count++;
      lease.release(outcomeOk);
    }
    return count / 2200;
  };
  expect(share()).toBeCloseTo(0.1 / 2.1, 2);
  clock.advance(5000);
  expect(share()).toBeCloseTo(0.5 / 2.5, 2);
  clock.advance(5000);
  expect(share()).toBeCloseTo(1 / 3, 2);
});

test('one that was ejected, or drained, rises again when it is back', async () => {
  const { clock, upstream, weights } = setUp({ health: { failTimeoutMs: 1000 } });
  const only = { accept: ({ id }: { id: string }) => id === 'a' };
  (await upstream.acquire(only)).release({ result: 'failed' });
  clock.advance(1000);
  (await upstream.acquire(only)).release(outcomeOk);
  expect(weights()).toEqual([0.1, 1]);
  clock.advance(20_000);
  expect(weights()).toEqual([1, 1]);
  await upstream.drain('b', 0);
  upstream.resume('b');
  expect(weights()).toEqual([1, 0.1]);
});

test('is off unless it is asked for, and wants to know how long', () => {
  const { endpoints, upstream, weights } = setUp({ slowStart: false });
  upstream.update([...endpoints, 'c:1']);
  expect(weights()).toEqual([1, 1, 1]);
  expect(() => setUp({ slowStart: {} as never })).toThrow(OptionsError);
});
