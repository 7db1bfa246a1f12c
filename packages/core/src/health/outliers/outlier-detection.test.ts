import { describe, expect, test } from 'vitest';
import { createManualClock } from '../../clock.ts';
import { createUpstream } from '../../upstream/create-upstream.ts';
import { outcomeOk, type Lease, type Outcome } from '../../upstream/lease.ts';
import type { UpstreamOptions } from '../../upstream/upstream-options.ts';
import type { HealthOptions } from '../health-options.ts';
import type { OutlierOptions } from './outlier-options.ts';

const answered: Outcome = { result: 'failed', answered: true, error: new Error('status 503') };
const refused: Outcome = { result: 'failed', error: new Error('refused') };

/** Endpoints `a`, `b`, … whose outliers are looked for each second; ejections last 10 s, 20 s, … and at most 30 s. */
function setUp(outliers: OutlierOptions = {}, { count = 4, ...health }: HealthOptions & { count?: number } = {}) {
  const clock = createManualClock();
  const options: UpstreamOptions = {
    name: 'shop',
    endpoints: Array.from({ length: count }, (_, index) => String.fromCharCode(97 + index)).map((id) => ({
      address: `${id}:1`,
      id,
    })),
    clock,
    random: () => 0,
    health: {
      maxFails: 0,
      ...health,
      outliers: { intervalMs: 1000, baseEjectionMs: 10_000, maxEjectionMs: 30_000, ...outliers },
    },
  };
  const upstream = createUpstream(options);
  const heard: string[] = [];
  upstream.on('endpoint-ejected', ({ endpoint, detector, reason, ejectedMs }) =>
    heard.push(`${endpoint.id} ${detector} ${ejectedMs}: ${reason}`),
  );
  upstream.on('endpoint-recovered', ({ endpoint }) => heard.push(`${endpoint.id} back`));
  const lend = (id: string): Lease => upstream.acquire({ accept: (endpoint) => endpoint.id === id }) as Lease;
  const work = (id: string, outcome: Outcome, times = 1): void => {
    for (let time = 0; time < times; time++) lend(id).release(outcome);
  };
  const states = (): string =>
    upstream
      .stats()
      .endpoints.map(({ state }) => state.charAt(0))
      .join('');
  return { upstream, clock, heard, lend, work, states };
}

describe('failures in a row', () => {
  test('eject at once, answers as well as others', () => {
    const { work, heard } = setUp();
    work('a', answered, 3);
    work('a', outcomeOk);
    work('a', refused);
    work('a', answered, 3);
    expect(heard).toEqual([]);
    work('a', answered);
    expect(heard).toEqual(['a consecutive-failures 10000: 5 failures in a row: status 503']);
  });

  test('are let be when too many are out already', () => {
    const { work, states } = setUp();
    for (const id of ['a', 'b', 'c']) work(id, answered, 5);
    expect(states()).toBe('eeaa');
    work('c', answered, 5);
    expect(states()).toBe('eeaa');
  });

  test('are not what maxFails counts: answers are not', () => {
    const { work, heard } = setUp({ consecutiveFailures: 3 }, { maxFails: 2, failTimeoutMs: 500 });
    work('a', answered, 2);
    work('a', refused);
    expect(heard).toEqual(['a consecutive-failures 10000: 3 failures in a row: refused']);
    work('b', refused, 2);
    expect(heard.at(-1)).toBe('b max-fails 500: 2 failures: refused');
  });
});

describe('without outlier detection', () => {
  test('an answer is a sign of life, however bad', () => {
    const clock = createManualClock();
    const upstream = createUpstream({ endpoints: ['a:1', 'b:1'], clock, health: { failTimeoutMs: 100 } });
    const lend = (): Lease => upstream.acquire({ accept: ({ id }) => id === 'a:1' }) as Lease;
    lend().release(answered);
    expect(upstream.stats().endpoints[0]).toMatchObject({ state: 'available', failed: 1 });
    lend().release(refused);
    clock.advance(100);
    lend().release(answered);
    expect(upstream.stats().endpoints[0]).toMatchObject({ state: 'available', failed: 3 });
    expect(clock.pendingTimers).toBe(0);
  });
});

describe('comparing', () => {
  test('ejects who fails too much, at the end of the interval', () => {
    const { work, clock, heard } = setUp({ failurePercentage: { thresholdPercent: 40 }, consecutiveFailures: 0 });
    for (const id of ['b', 'c', 'd']) work(id, outcomeOk, 20);
    work('a', answered, 10);
    work('a', outcomeOk, 10);
    clock.advance(999);
    expect(heard).toEqual([]);
    clock.advance(1);
    expect(heard).toEqual(['a failure-percentage 10000: 50 % of 20 requests failed']);
  });

  test('ejects who succeeds less than the others', () => {
    const { work, clock, heard } = setUp({ failurePercentage: false }, { count: 6 });
    for (const id of ['b', 'c', 'd', 'e', 'f']) work(id, outcomeOk, 100);
    for (let round = 0; round < 20; round++) {
      work('a', outcomeOk, 4);
      work('a', answered);
    }
    clock.advance(1000);
    expect(heard).toEqual(['a success-rate 10000: 80.0 % of its requests succeeded, 96.7 % of all']);
  });

  test('ejects who is slow, and asks for latencies only then', () => {
    const { work, lend, clock, heard } = setUp({ latency: {} });
    expect(lend('a').wantsLatency).toBe(true);
    expect(setUp().lend('a').wantsLatency).toBe(false);
    for (const id of ['b', 'c', 'd']) work(id, { result: 'ok', latencyMs: 10 }, 20);
    work('a', { result: 'ok', latencyMs: 500 }, 20);
    clock.advance(1000);
    expect(heard).toEqual([expect.stringMatching(/^a latency 10000: took 5\d\d ms where 1\d ms is usual$/)]);
  });

  test('takes the worst when there is not room for all', () => {
    const { work, clock, states } = setUp({ maxEjectionPercent: 25, consecutiveFailures: 0 });
    for (const id of ['a', 'b', 'c', 'd']) work(id, answered, { a: 12, b: 20, c: 0, d: 0 }[id]);
    for (const id of ['a', 'c', 'd']) work(id, outcomeOk, { a: 8, c: 20, d: 20 }[id]);
    clock.advance(1000);
    expect(states()).toBe('aeaa');
  });

  test('looks at the work of one interval only', () => {
    const { work, clock, heard } = setUp({ consecutiveFailures: 0 });
    for (let interval = 0; interval < 3; interval++) {
      for (const id of ['a', 'b']) work(id, answered, 10);
      clock.advance(1000);
    }
    expect(heard).toEqual([]);
  });

  test('leaves alone what gets no work anyway', async () => {
    const { work, upstream, clock, heard } = setUp({ consecutiveFailures: 0 });
    for (const id of ['a', 'b', 'c', 'd']) work(id, id === 'a' ? answered : outcomeOk, 20);
    await upstream.drain('a', 0);
    clock.advance(1000);
    expect(heard).toEqual([]);
  });

  test('happens only when there was work, and not after the end', async () => {
    const { work, upstream, clock } = setUp();
    expect(clock.pendingTimers).toBe(0);
    work('a', outcomeOk);
    expect(clock.pendingTimers).toBe(1);
    clock.advance(5000);
    expect(clock.pendingTimers).toBe(0);
    const late = upstream.acquire() as Lease;
    work('a', outcomeOk);
    const closing = upstream.close();
    late.release(answered);
    await closing;
    expect(clock.pendingTimers).toBe(0);
  });
});

describe('an outlier', () => {
  test('is out longer each time, up to the limit, and less long when it has been good for a while', () => {
    const { work, clock, heard } = setUp();
    const fall = (): void => work('a', answered, 5);
    fall();
    for (const outMs of [10_000, 20_000, 30_000]) {
      clock.advance(outMs);
      work('a', outcomeOk);
      fall();
    }
    clock.advance(30_000);
    work('a', outcomeOk);
    clock.advance(3000);
    fall();
    const lengths = heard.flatMap((line) => / (\d+):/.exec(line)?.[1] ?? []);
    expect(lengths).toEqual(['10000', '20000', '30000', '30000', '20000']);
  });

  test('has one trial when its time is over, and a bad answer is a failure there', () => {
    const { work, lend, clock, heard, states } = setUp();
    work('a', answered, 5);
    clock.advance(10_000);
    const trial = lend('a');
    expect(states()).toBe('eaaa');
    trial.release(answered);
    expect(heard.at(-1)).toBe('a consecutive-failures 20000: the trial failed: status 503');
    clock.advance(20_000);
    work('a', outcomeOk);
    expect([heard.at(-1), states()]).toEqual(['a back', 'aaaa']);
  });

  test('is not held responsible for what it was asked before its ejection', () => {
    const { work, lend, clock, heard } = setUp();
    const early = Array.from({ length: 10 }, () => lend('a'));
    work('a', answered, 5);
    for (const lease of early) lease.release(answered);
    clock.advance(10_000);
    work('a', outcomeOk);
    expect(heard).toHaveLength(2);
  });

  test('that is alone is not ejected', () => {
    const { work, clock, heard } = setUp({}, { count: 1 });
    work('a', answered, 100);
    clock.advance(1000);
    expect(heard).toEqual([]);
  });
});
