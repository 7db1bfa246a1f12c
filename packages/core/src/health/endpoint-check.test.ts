import { describe, expect, test, vi } from 'vitest';
import { createIdleSet } from '../balancers/balancer-contract.ts';
import type { AbortScope } from '../abort-scope.ts';
import { createManualClock } from '../clock.ts';
import type { Endpoint } from '../endpoint/endpoint.ts';
import { checkDefaults, type ResolvedCheck } from './check-options.ts';
import { EndpointCheck } from './endpoint-check.ts';
import type { ProbeResult } from './probe.ts';

const [a, b] = createIdleSet(1, 1).endpoints as [Endpoint, Endpoint];
const options: Omit<ResolvedCheck, 'probe'> = {
  ...checkDefaults,
  name: 'test',
  intervalMs: 1000,
  fastIntervalMs: 100,
  downIntervalMs: 400,
  timeoutMs: 50,
  rise: 2,
  fall: 2,
  startSpreadMs: 100,
};

interface PendingProbe {
  readonly endpoint: Endpoint;
  readonly scope: AbortScope;
  readonly atMs: number;
  readonly resolve: (result: ProbeResult) => void;
  readonly reject: (error: unknown) => void;
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await Promise.resolve();
}

/** A check whose probes the test answers. */
function setUp(changes: Partial<ResolvedCheck> = {}) {
  const clock = createManualClock();
  const probes: PendingProbe[] = [];
  const heard: string[] = [];
  const check = new EndpointCheck(
    {
      ...options,
      probe: (endpoint, scope) =>
        new Promise((resolve, reject) => probes.push({ endpoint, scope, atMs: clock.now(), resolve, reject })),
      ...changes,
    },
    {
      clock,
      random: () => 0.5,
      onProbed: ({ verdict }, { id }, { healthy, reason }) =>
        heard.push(`${id} ${healthy} ${verdict} ${reason ?? '-'}`),
    },
  );
  const advance = async (ms: number): Promise<void> => {
    clock.advance(ms);
    await settle();
  };
  const answer = async (healthy: boolean, more: Partial<ProbeResult> = {}): Promise<void> => {
    probes.at(-1)!.resolve({ healthy, ...more });
    await settle();
  };
  return { clock, check, probes, heard, advance, answer };
}

describe('a check', () => {
  test('probes first after a while by chance, then in its interval from the end of the last probe', async () => {
    const { check, probes, advance, answer } = setUp();
    check.follow(a);
    await advance(49);
    expect(probes).toHaveLength(0);
    await advance(1);
    await advance(20);
    await answer(true);
    await advance(999);
    expect(probes).toHaveLength(1);
    await advance(1);
    expect(probes.map(({ atMs }) => atMs)).toEqual([50, 1070]);
  });

  test('looks more often while the verdict may change, and as often as it was told when it is down', async () => {
    const { check, probes, advance, answer } = setUp();
    check.follow(a);
    await advance(50);
    for (const [healthy, waitMs] of [
      [false, 100],
      [false, 400],
      [true, 100],
      [true, 1000],
    ] as const) {
      const before = probes.length;
      await answer(healthy);
      await advance(waitMs - 1);
      expect(probes).toHaveLength(before);
      await advance(1);
      expect(probes).toHaveLength(before + 1);
    }
  });

  test('tells every result with the verdict that it led to', async () => {
    const { check, heard, advance, answer } = setUp();
    check.follow(a);
    await advance(50);
    await answer(false, { reason: 'status 500' });
    expect(check.doubt).toBe('1 of 2 failures');
    await advance(100);
    await answer(false);
    expect(heard).toEqual(['a false healthy status 500', 'a false unhealthy -']);
    expect(check.doubt).toBe(undefined);
    expect(check.stats()).toEqual({
      name: 'test',
      verdict: 'unhealthy',
      probes: 2,
      failures: 2,
      reason: 'unhealthy',
      durationMs: 0,
    });
  });

  test('gives a probe its time and no more, whatever the probe does about it', async () => {
    const { check, probes, heard, advance, answer } = setUp();
    check.follow(a);
    await advance(50);
    const [probe] = probes;
    await advance(50);
    expect(probe!.scope.aborted).toBe(true);
    expect(probe!.scope.reason).toMatchObject({ code: 'SLUICE_PROBE_TIMEOUT' });
    expect(heard).toEqual(['a false healthy no verdict within 50 ms']);
    // Too late to count.
    await answer(true);
    expect(heard).toHaveLength(1);
    await advance(100);
    expect(probes).toHaveLength(2);
    expect(check.stats().durationMs).toBe(50);
  });

  test('a probe that throws, rejects, or returns nonsense has failed', async () => {
    const outcomes: (() => unknown)[] = [
      () => {
        throw new Error('broken');
      },
      () => Promise.reject(Object.create(null) as Error),
      () => undefined,
      () => ({ healthy: 'yes' }),
      () => ({ healthy: true, weightPercent: 200 }),
    ];
    for (const [index, reason] of [
      'broken',
      'an object',
      'the probe returned no result',
      'the probe returned no result',
      'the probe returned a weight of 200 %',
    ].entries()) {
      const { check, advance } = setUp({ probe: outcomes[index] as ResolvedCheck['probe'] });
      check.follow(a);
      await advance(50);
      expect(check.stats()).toMatchObject({ failures: 1, reason });
    }
  });

  test('stops in the middle of a probe, and leaves nothing behind', async () => {
    const { check, probes, heard, clock, advance } = setUp();
    check.follow(a);
    await advance(50);
    const onAbort = vi.fn<() => void>();
    probes[0]!.scope.onAbort(onAbort);
    check.stop();
    expect(onAbort).toHaveBeenCalledOnce();
    probes[0]!.reject(new Error('given up'));
    await settle();
    expect([heard, clock.pendingTimers]).toEqual([[], 0]);
    check.stop();
  });

  test('stops between two probes', async () => {
    const { check, probes, clock, advance, answer } = setUp();
    check.follow(a);
    await advance(50);
    await answer(true);
    check.stop();
    await advance(10_000);
    expect([probes.length, clock.pendingTimers]).toEqual([1, 0]);
  });

  test('goes on with a new description of the same address, and begins anew with another', async () => {
    const { check, probes, advance, answer } = setUp();
    check.follow(a);
    await advance(50);
    await answer(false);
    const renewed: Endpoint = { ...a, weight: 9 };
    check.follow(renewed);
    await advance(100);
    expect(probes.at(-1)!.endpoint).toBe(renewed);
    await answer(false);
    expect(check.verdict).toBe('unhealthy');
    check.follow(b);
    expect([check.verdict, check.reason]).toEqual(['healthy', undefined]);
    await advance(50);
    expect(probes.at(-1)!.endpoint).toBe(b);
  });

  test('begins anew after a stop', async () => {
    const { check, advance, answer } = setUp({ initialState: 'unknown' });
    check.follow(a);
    await advance(50);
    await answer(true);
    check.stop();
    check.follow(a);
    expect(check.verdict).toBe('unknown');
  });

  test('keeps what an endpoint wants of its weight until a probe that succeeds says otherwise', async () => {
    const { check, advance, answer } = setUp();
    check.follow(a);
    await advance(50);
    await answer(true, { weightPercent: 30 });
    await advance(1000);
    await answer(false);
    expect(check.weightPercent).toBe(30);
    await advance(100);
    await answer(true);
    expect(check.weightPercent).toBe(100);
  });

  test('may be stopped by who hears of it', async () => {
    const clock = createManualClock();
    const check = new EndpointCheck(
      { ...options, probe: () => ({ healthy: true }) },
      { clock, random: () => 0, onProbed: (self) => self.stop() },
    );
    check.follow(a);
    clock.advance(0);
    await settle();
    expect(clock.pendingTimers).toBe(0);
  });
});
