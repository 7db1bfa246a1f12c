import { expect, test } from 'vitest';
import { createManualClock } from '../clock.ts';
import { createSeededRandom } from '../random.ts';
import { countIds, createIdleSet, describeBalancer, pickIds } from './balancer-contract.ts';
import { peakEwma } from './peak-ewma.ts';

describeBalancer('peak-ewma', () => peakEwma({ random: createSeededRandom(1) }));

function setUp(...weights: number[]) {
  const clock = createManualClock();
  const balancer = peakEwma({ decayMs: 1000, clock, random: createSeededRandom(2) });
  const set = createIdleSet(...weights);
  const observe = (index: number, latencyMs: number, failed = false): void =>
    balancer.observe?.(set.endpoints[index]!, latencyMs, failed);
  return { clock, set, observe, ids: (count: number) => countIds(pickIds(balancer, set, count)) };
}

test('prefers the endpoint that answers sooner', () => {
  const { observe, ids } = setUp(1, 1);
  observe(0, 10);
  observe(1, 20);
  expect(ids(100)).toEqual({ a: 100 });
});

test('counts what is in flight: twice as fast is worth twice as much', () => {
  const { set, observe, ids } = setUp(1, 1);
  observe(0, 10);
  observe(1, 20);
  set.endpoints[0]!.inFlight = 2;
  expect(ids(100)).toEqual({ b: 100 });
});

test('one slow answer is believed at once, and forgotten slowly', () => {
  const { clock, observe, ids } = setUp(1, 1);
  observe(0, 10);
  observe(1, 20);
  observe(0, 500);
  expect(ids(50)).toEqual({ b: 50 });
  for (let second = 0; second < 2; second++) {
    clock.advance(1000);
    observe(1, 20);
  }
  // 500 ms have decayed to 500 / e^2 = 68 ms.
  expect(ids(50)).toEqual({ b: 50 });
  for (let second = 0; second < 2; second++) {
    clock.advance(1000);
    observe(1, 20);
  }
  // To 9 ms.
  expect(ids(50)).toEqual({ a: 50 });
});

test('an endpoint that fails fast does not look fast', () => {
  const { observe, ids } = setUp(1, 1);
  observe(0, 1, true);
  observe(1, 200);
  expect(ids(50)).toEqual({ b: 50 });
});

test('tries a new endpoint with one piece of work until it has answered', () => {
  const { set, observe, ids } = setUp(1, 1);
  observe(0, 10);
  expect(ids(10)).toEqual({ b: 10 });
  set.endpoints[1]!.inFlight = 1;
  expect(ids(10)).toEqual({ a: 10 });
});
