import { describe, expect, test } from 'vitest';
import { createManualClock, type ManualClock } from '../clock.ts';
import { createUpstream } from '../upstream/create-upstream.ts';
import type { AcquireHint } from '../upstream/endpoint-selection.ts';
import { outcomeCancelled, outcomeOk, type Lease } from '../upstream/lease.ts';
import type { UpstreamOptions } from '../upstream/upstream-options.ts';
import type { Upstream } from '../upstream/upstream.ts';
import type { CheckOptions } from './check-options.ts';
import type { HealthOptions } from './health-options.ts';
import type { ProbeResult } from './probe.ts';

const failed = { result: 'failed', error: new Error('refused') } as const;
const only = (wanted: string): AcquireHint => ({ accept: ({ id }) => id === wanted });
const named = (id: string) => ({ address: `${id}:1`, id });

async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await Promise.resolve();
}

function refusalOf(lease: Lease | Promise<Lease>): Promise<unknown> {
  return Promise.resolve(lease).then(
    () => 'a lease',
    (error: unknown) => error,
  );
}

interface SetUp {
  readonly upstream: Upstream;
  readonly clock: ManualClock;
  readonly heard: string[];
  /** What probes find at each address; healthy unless it is here. */
  readonly found: Record<string, ProbeResult>;
  /** The addresses that were probed. */
  readonly probed: string[];
  readonly lend: (hint?: AcquireHint) => Lease;
  readonly advance: (ms: number) => Promise<void>;
  readonly explain: (id: string) => string | undefined;
  readonly states: () => string;
}

/** Endpoints `a`, `b` and `c` with a check each second whose first probe comes at once; two results flip it. */
function setUp(
  health: HealthOptions & { check?: Partial<CheckOptions> } = {},
  options: Partial<UpstreamOptions> = {},
): SetUp {
  const clock = createManualClock();
  const found: Record<string, ProbeResult> = {};
  const probed: string[] = [];
  const { check, ...passive } = health;
  const upstream = createUpstream({
    name: 'shop',
    endpoints: ['a', 'b', 'c'].map(named),
    clock,
    random: () => 0.5,
    ...options,
    health: {
      checks: [
        {
          name: 'up',
          probe: async ({ address }) => {
            probed.push(address.href);
            return found[address.href.charAt(0)] ?? { healthy: true, reason: 'fine' };
          },
          intervalMs: 1000,
          rise: 2,
          fall: 2,
          startSpreadMs: 0,
          ...check,
        },
      ],
      ...passive,
    },
  });
  const heard: string[] = [];
  upstream.on('endpoint-ejected', ({ endpoint, reason }) => heard.push(`${endpoint.id} ejected: ${reason}`));
  upstream.on('endpoint-recovered', ({ endpoint }) => heard.push(`${endpoint.id} recovered`));
  upstream.on('endpoint-healthy', ({ endpoint, check: name, reason }) =>
    heard.push(`${endpoint.id} healthy, ${name}: ${reason}`),
  );
  upstream.on('endpoint-unhealthy', ({ endpoint, check: name, reason }) =>
    heard.push(`${endpoint.id} unhealthy, ${name}: ${reason}`),
  );
  upstream.on('endpoint-reweighted', ({ endpoint, weightPercent, reason }) =>
    heard.push(`${endpoint.id} at ${weightPercent} %: ${reason}`),
  );
  return {
    upstream,
    clock,
    heard,
    found,
    probed,
    lend(hint) {
      const lease = upstream.acquire(hint);
      if (lease instanceof Promise) throw new Error('a wait where none was expected');
      return lease;
    },
    async advance(ms) {
      for (let left = ms; left > 0; left -= 500) {
        clock.advance(Math.min(left, 500));
        await settle();
      }
    },
    explain: (id) => upstream.stats().endpoints.find((endpoint) => endpoint.id === id)?.explanation,
    states: () =>
      upstream
        .stats()
        .endpoints.map(({ id, state }) => `${id} ${state}`)
        .join(', '),
  };
}

describe('active checks', () => {
  test('take an endpoint out and bring it back, and tell both with the reason', async () => {
    const { found, heard, lend, advance, states } = setUp();
    found['a'] = { healthy: false, reason: 'status 500' };
    await advance(500);
    expect(states()).toBe('a available, b available, c available');
    await advance(1000);
    expect(states()).toBe('a unhealthy, b available, c available');
    expect([lend(), lend(), lend()].map(({ endpoint }) => endpoint.id).join('')).toBe('bcb');
    delete found['a'];
    await advance(2000);
    expect(states()).toBe('a available, b available, c available');
    expect(heard).toEqual(['a unhealthy, up: status 500', 'a healthy, up: fine']);
  });

  test('must all be content', async () => {
    const second = { name: 'second', probe: (): ProbeResult => ({ healthy: false }), startSpreadMs: 0, fall: 1 };
    const { advance, states, upstream } = setUp({ checks: [() => ({ healthy: true }), second] });
    await advance(500);
    expect(states()).toBe('a unhealthy, b unhealthy, c unhealthy');
    expect(upstream.stats().endpoints[0]!.checks).toMatchObject([
      { name: 'custom', verdict: 'healthy' },
      { name: 'second', verdict: 'unhealthy', probes: 1, failures: 1, reason: 'unhealthy' },
    ]);
  });

  test('follow the endpoints of an update, and leave those that are gone', async () => {
    const { upstream, probed, advance, clock } = setUp();
    await advance(500);
    expect(probed.splice(0)).toEqual(['a:1', 'b:1', 'c:1']);
    upstream.update([named('b'), { address: 'd:1', id: 'c' }, named('e')]);
    await advance(500);
    expect(probed.splice(0)).toEqual(['d:1', 'e:1']);
    await advance(500);
    expect(probed.splice(0)).toEqual(['b:1']);
    await upstream.close();
    expect(clock.pendingTimers).toBe(0);
  });

  test('pause while an endpoint is out of service by hand', async () => {
    const { upstream, probed, advance } = setUp();
    await upstream.drain('a', 0);
    upstream.update([named('a'), { ...named('b'), down: true }, { ...named('c'), weight: 0 }]);
    await advance(5000);
    expect(probed).toEqual([]);
    upstream.resume('a');
    upstream.update([named('a'), named('b'), named('c')]);
    await advance(500);
    expect(probed).toEqual(['a:1', 'b:1', 'c:1']);
  });

  test('forget what they knew when an endpoint was drained: it may have been mended', async () => {
    const { upstream, found, advance, states } = setUp({ panic: false });
    found['a'] = { healthy: false };
    await advance(2000);
    expect(states()).toContain('a unhealthy');
    await upstream.drain('a', 0);
    expect(states()).toContain('a draining');
    upstream.resume('a');
    expect(states()).toContain('a available');
  });

  test('an endpoint that comes back by them starts with a clean record', async () => {
    const { found, heard, lend, advance, states } = setUp({ failTimeoutMs: 60_000 });
    found['a'] = { healthy: false, reason: 'down' };
    lend(only('a')).release(failed);
    await advance(2000);
    expect(states()).toContain('a unhealthy');
    delete found['a'];
    await advance(2000);
    expect(states()).toContain('a available');
    expect(heard).toEqual([
      'a ejected: a failure: refused',
      'a unhealthy, up: down',
      'a healthy, up: fine',
      'a recovered',
    ]);
  });

  test('a success of one that was not unhealthy does not end its ejection', async () => {
    const { lend, advance, states } = setUp({ failTimeoutMs: 60_000 });
    lend(only('a')).release(failed);
    await advance(5000);
    expect(states()).toContain('a ejected');
  });

  test('wake those who wait', async () => {
    const endpoints = [{ ...named('a'), maxInFlight: 1 }, named('b')];
    const { upstream, found, lend, advance } = setUp({ panic: false }, { endpoints });
    found['b'] = { healthy: false };
    await advance(1500);
    lend();
    const waiting = upstream.acquire();
    delete found['b'];
    await advance(2000);
    expect((await waiting).endpoint.id).toBe('b');
  });

  test('tell those who wait for nothing any more', async () => {
    const endpoints = [{ ...named('a'), maxInFlight: 1 }, named('b')];
    const { upstream, found, lend, advance } = setUp({}, { endpoints });
    lend(only('a'));
    const waiting = Promise.resolve(upstream.acquire(only('a')));
    found['a'] = { healthy: false };
    const [refusal] = await Promise.all([refusalOf(waiting), advance(1500)]);
    expect(refusal).toMatchObject({ code: 'SLUICE_NO_ENDPOINT' });
  });
});

describe('before the first probe', () => {
  test('an endpoint gets work at once, unless it was told otherwise', () => {
    expect(setUp().states()).toBe('a available, b available, c available');
    expect(setUp({ check: { initialState: 'unhealthy' } }).states()).toBe('a unhealthy, b unhealthy, c unhealthy');
    expect(setUp({ check: { initialState: 'unknown' } }).states()).toBe('a unchecked, b unchecked, c unchecked');
  });

  test('work waits for the verdict, panic or not', async () => {
    for (const panic of [true, false]) {
      const { upstream, found, advance } = setUp({ panic, check: { initialState: 'unknown' } });
      found['a'] = found['c'] = { healthy: false };
      const waiting = upstream.acquire();
      expect(waiting).toBeInstanceOf(Promise);
      await advance(500);
      expect((await waiting).endpoint.id).toBe('b');
    }
  });

  test('work that waited is refused, or panics, when all are unhealthy', async () => {
    const calm = setUp({ panic: false, check: { initialState: 'unknown' } });
    for (const id of ['a', 'b', 'c']) calm.found[id] = { healthy: false };
    const [refusal] = await Promise.all([refusalOf(calm.upstream.acquire()), calm.advance(500)]);
    expect(refusal).toMatchObject({ message: 'no endpoint of shop will do: 3 unhealthy' });
    const panicking = setUp({ check: { initialState: 'unknown' } });
    for (const id of ['a', 'b', 'c']) panicking.found[id] = { healthy: false };
    const waiting = panicking.upstream.acquire();
    await panicking.advance(500);
    expect((await waiting).endpoint.id).toBe('a');
  });
});

describe('wishes', () => {
  const shares = ({ lend }: SetUp, count = 100): string => {
    const ids = Array.from({ length: count }, () => lend().endpoint.id);
    return ['a', 'b', 'c'].map((id) => ids.filter((other) => other === id).length).join(' ');
  };

  test('of a probe lower the weight, until a probe says otherwise', async () => {
    const run = setUp();
    run.found['a'] = { healthy: true, weightPercent: 50, reason: 'busy' };
    await run.advance(500);
    expect(shares(run)).toBe('20 40 40');
    expect(run.explain('a')).toBe('available: 50 % of its weight, up: busy');
    expect(run.upstream.stats().endpoints[0]).toMatchObject({ weight: 1, currentWeight: 0.5 });
    delete run.found['a'];
    await run.advance(1000);
    expect(shares(run, 99)).toBe('33 33 33');
    expect(run.heard).toEqual(['a at 50 %: up: busy', 'a at 100 %: undefined']);
    expect(run.upstream.endpointSet.generation).toBe(1);
  });

  test('of 0 drain, and in panic are overruled', async () => {
    const run = setUp();
    run.found['a'] = { healthy: true, weightPercent: 0, reason: 'restarting' };
    await run.advance(500);
    expect([run.states(), shares(run)]).toEqual(['a draining, b available, c available', '0 50 50']);
    expect(run.explain('a')).toBe('draining: up: restarting');
    run.upstream.update([named('a')]);
    expect(run.lend().endpoint.id).toBe('a');
    delete run.found['a'];
    await run.advance(1000);
    expect(run.states()).toBe('a available');
  });

  test('hold for a while when they come by themselves, and the latest counts', async () => {
    const run = setUp({ checks: [] });
    expect(run.upstream.reweigh('a', { weightPercent: 10, holdMs: 1000, reason: 'busy' })).toBe(true);
    await run.advance(500);
    run.upstream.reweigh('a', { weightPercent: 50, holdMs: 1000, reason: 'less busy' });
    await run.advance(500);
    expect(run.explain('a')).toBe('available: 50 % of its weight, less busy');
    await run.advance(500);
    expect(run.explain('a')).toBe('available');
    run.upstream.reweigh('a', { weightPercent: 0 });
    run.upstream.reweigh('a', { weightPercent: 100 });
    expect(run.heard).toEqual([
      'a at 10 %: busy',
      'a at 50 %: less busy',
      'a at 100 %: undefined',
      'a at 0 %: asked for',
      'a at 100 %: undefined',
    ]);
    expect([run.clock.pendingTimers, run.upstream.reweigh('x', { weightPercent: 1 })]).toEqual([0, false]);
  });

  test('of several voices the least counts', async () => {
    const run = setUp();
    run.found['a'] = { healthy: true, weightPercent: 50, reason: 'busy' };
    run.upstream.reweigh('a', { weightPercent: 20 });
    await run.advance(500);
    run.upstream.reweigh('a', { weightPercent: 80 });
    expect(run.heard).toEqual(['a at 20 %: asked for', 'a at 50 %: up: busy']);
  });

  test('wake those who wait, and are told to those who wait in vain', async () => {
    const endpoints = [{ ...named('a'), maxInFlight: 1 }, named('b')];
    const { upstream, lend } = setUp({ checks: [] }, { endpoints });
    upstream.reweigh('b', { weightPercent: 0 });
    lend();
    const waiting = upstream.acquire();
    upstream.reweigh('b', { weightPercent: 1 });
    expect((await waiting).endpoint.id).toBe('b');
    const hopeless = Promise.resolve(upstream.acquire(only('a')));
    upstream.reweigh('a', { weightPercent: 0 });
    await expect(hopeless).rejects.toMatchObject({ code: 'SLUICE_NO_ENDPOINT' });
  });

  test('do not outlive their address, their endpoint, or the upstream', async () => {
    const { upstream, clock, states } = setUp({ checks: [] });
    for (const id of ['a', 'b', 'c']) upstream.reweigh(id, { weightPercent: 0 });
    upstream.update([{ address: 'x:1', id: 'a' }, named('b')]);
    expect([states(), clock.pendingTimers]).toEqual(['a available, b draining', 1]);
    await upstream.close();
    upstream.reweigh('a', { weightPercent: 0 });
    expect(clock.pendingTimers).toBe(0);
  });
});

describe('ejection', () => {
  test('says why, also after a trial', async () => {
    const { clock, heard, lend, explain } = setUp({ checks: [], maxFails: 2, failTimeoutMs: 1000 });
    lend(only('a')).release(failed);
    lend(only('a')).release(failed);
    clock.advance(400);
    expect(explain('a')).toBe('ejected for 0.4 s of 1.0 s: 2 failures: refused');
    clock.advance(600);
    expect(explain('a')).toBe('available: due for a trial, ejected for 2 failures: refused');
    const trial = lend(only('a'));
    expect(explain('a')).toBe('ejected and on trial: 2 failures: refused');
    trial.release({ result: 'failed' });
    expect(heard).toEqual(['a ejected: 2 failures: refused', 'a ejected: the trial failed']);
  });

  test('does not count failures in panic, but a success', () => {
    const { lend, states, heard } = setUp({ checks: [] });
    for (const id of ['a', 'b', 'c']) lend(only(id)).release(failed);
    lend(only('a')).release(failed);
    lend(only('b')).release(outcomeCancelled);
    lend(only('c')).release(outcomeOk);
    expect(states()).toBe('a ejected, b ejected, c available');
    expect(heard.at(-1)).toBe('c recovered');
  });

  test('counts failures from zero after a recovery', () => {
    const { clock, lend, states } = setUp({ checks: [], maxFails: 2, failTimeoutMs: 100 });
    for (let count = 0; count < 2; count++) lend(only('a')).release(failed);
    clock.advance(100);
    lend(only('a')).release(outcomeOk);
    lend(only('a')).release(failed);
    expect(states()).toContain('a available');
  });
});

test('states are explained in one line', async () => {
  const endpoints = [
    { ...named('a'), down: true },
    { ...named('b'), weight: 0 },
    { ...named('c'), maxInFlight: 1 },
    named('d'),
    named('e'),
  ];
  const { upstream, found, lend, advance, explain } = setUp({ check: { initialState: 'unknown' } }, { endpoints });
  expect(explain('d')).toBe('unchecked: no verdict of up yet');
  found['e'] = { healthy: false, reason: 'status 500' };
  await advance(500);
  lend(only('c'));
  const draining = lend(only('d'));
  void upstream.drain('d', 1000);
  expect(['a', 'b', 'c', 'd', 'e'].map(explain)).toEqual([
    'down: its options say so',
    'down: its weight is 0',
    'full: 1 of 1 in flight',
    'draining: 1 in flight',
    'unhealthy for 0.0 s: up: status 500',
  ]);
  delete found['e'];
  await advance(1000);
  expect(explain('e')).toBe('unhealthy for 1.0 s: up: fine (1 of 2 successes)');
  await advance(1000);
  found['e'] = { healthy: false, reason: 'status 502' };
  await advance(1000);
  expect(explain('e')).toBe('available: 1 of 2 failures of up: status 502');
  draining.release(outcomeOk);
});
