import { describe, expect, test, vi } from 'vitest';
import { createAbortScope } from '../abort-scope.ts';
import { measureBytesPerCall } from '../balancers/balancer-contract.ts';
import { createManualClock, type ManualClock } from '../clock.ts';
import type { EndpointSet } from '../endpoint/endpoint-set.ts';
import type { Endpoint } from '../endpoint/endpoint.ts';
import { createUpstream } from './create-upstream.ts';
import type { AcquireHint } from './endpoint-selection.ts';
import { outcomeCancelled, outcomeOk, type Lease } from './lease.ts';
import type { UpstreamOptions } from './upstream-options.ts';
import type { Upstream } from './upstream.ts';

const failed = { result: 'failed', error: new Error('refused') } as const;
const only = (wanted: string): AcquireHint => ({ accept: ({ id }) => id === wanted });

interface SetUp {
  readonly upstream: Upstream;
  readonly clock: ManualClock;
  readonly heard: string[];
  /** A lease that is there at once. */
  readonly lend: (hint?: AcquireHint) => Lease;
  /** A lease that is waited for, by what came of it. */
  readonly wait: (hint?: AcquireHint) => Promise<string>;
  readonly states: () => string;
}

function setUp(options: Partial<UpstreamOptions> = {}): SetUp {
  const clock = createManualClock();
  const upstream = createUpstream({ name: 'shop', endpoints: ['a:1', 'b:1', 'c:1'].map(named), clock, ...options });
  const heard: string[] = [];
  upstream.on('endpoint-ejected', ({ endpoint, ejectedMs }) => heard.push(`${endpoint.id} ejected for ${ejectedMs}`));
  upstream.on('endpoint-recovered', ({ endpoint }) => heard.push(`${endpoint.id} recovered`));
  upstream.on('endpoint-drained', ({ endpoint, inFlight }) => heard.push(`${endpoint.id} drained with ${inFlight}`));
  upstream.on('endpoints-updated', ({ generation }) => heard.push(`generation ${generation}`));
  const lend = (hint?: AcquireHint): Lease => {
    const lease = upstream.acquire(hint);
    if (lease instanceof Promise) throw new Error('a wait where none was expected');
    return lease;
  };
  const wait = async (hint?: AcquireHint): Promise<string> => {
    const lease = upstream.acquire(hint);
    expect(lease).toBeInstanceOf(Promise);
    return Promise.resolve(lease).then(
      ({ endpoint }) => endpoint.id,
      (error: unknown) => (error as { code?: string }).code ?? String(error),
    );
  };
  const states = (): string =>
    upstream
      .stats()
      .endpoints.map(({ id, state }) => `${id} ${state}`)
      .join(', ');
  return { upstream, clock, heard, lend, wait, states };
}

function named(address: string): { address: string; id: string } {
  return { address, id: address[0] ?? '' };
}

const limited = (id: string, maxInFlight = 1) => ({ ...named(`${id}:1`), maxInFlight });

describe('leases', () => {
  test('are lent without a promise, and counted until they are released', () => {
    const { upstream, lend } = setUp();
    const leases = [lend(), lend(), lend(), lend()];
    expect(leases.map(({ endpoint }) => endpoint.id).join('')).toBe('abca');
    expect(leases[0]!.endpoint.inFlight).toBe(2);
    leases[0]!.release(outcomeOk);
    leases[0]!.release(failed);
    leases[1]!.release(outcomeCancelled);
    leases[3]!.release(failed);
    expect(upstream.stats()).toMatchObject({
      name: 'shop',
      generation: 1,
      inFlight: 1,
      endpoints: [
        { id: 'a', acquired: 2, ok: 1, failed: 1, cancelled: 0, inFlight: 0, ejections: 1 },
        { id: 'b', acquired: 1, ok: 0, failed: 0, cancelled: 1, inFlight: 0, ejections: 0 },
        { id: 'c', acquired: 1, inFlight: 1, weight: 1, backup: false, state: 'available' },
      ],
    });
  });

  test('cost one small object', () => {
    const { lend } = setUp({ endpoints: [limited('a', 10), named('b:1'), { ...named('c:1'), backup: true }] });
    const hint: AcquireHint = { key: '192.0.2.1', accept: ({ id }) => id !== 'x' };
    // A lease has four fields and a header of three words: 56 bytes. A promise or a closure beside it would show.
    expect(measureBytesPerCall(() => lend(hint).release(outcomeOk))).toBeLessThan(80);
  });

  test('cost no more where tiers share the work', () => {
    const { upstream, lend } = setUp({ endpoints: [named('a:1'), named('b:1'), { ...named('c:1'), priority: 1 }] });
    void upstream.drain('a', 0);
    expect(upstream.stats().tiers.map(({ loadPercent }) => loadPercent)).toEqual([70, 30]);
    const hint: AcquireHint = { key: '192.0.2.1', accept: ({ id }) => id !== 'x' };
    expect(measureBytesPerCall(() => lend(hint).release(outcomeOk))).toBeLessThan(80);
  });

  test('go only where the hint accepts', () => {
    const { lend } = setUp();
    expect([lend(only('c')), lend(only('c'))].map(({ endpoint }) => endpoint.id)).toEqual(['c', 'c']);
    expect(() => lend(only('x'))).toThrow('no endpoint of shop will do: 3 available');
  });

  test('are refused when there is no endpoint', () => {
    const { upstream } = setUp({ endpoints: [] });
    expect(() => upstream.acquire()).toThrow(expect.objectContaining({ code: 'SLUICE_NO_ENDPOINT' }));
    expect(() => upstream.acquire()).toThrow('no endpoint of shop will do: it has none');
  });

  test('are refused at once when the work is cancelled already', () => {
    const { upstream } = setUp();
    const scope = createAbortScope();
    scope.abort(new Error('client left'));
    expect(() => upstream.acquire({}, scope)).toThrow('client left');
    expect(upstream.stats().inFlight).toBe(0);
  });

  test('are picked by a balancer of the user, which may refuse', () => {
    const { lend } = setUp({ balancer: { name: 'last', pick: ({ endpoints }) => endpoints.at(-1) } });
    expect(lend().endpoint.id).toBe('c');
    const refusing = setUp({ balancer: { name: 'never', pick: () => undefined } });
    expect(() => refusing.upstream.acquire()).toThrow('no endpoint of shop will do: 3 available');
  });
});

describe('health', () => {
  test('an endpoint that fails is out for failTimeoutMs, then tried once, and back after a success', () => {
    const { clock, heard, lend, states } = setUp({ health: { failTimeoutMs: 100 } });
    lend(only('a')).release(failed);
    expect(states()).toBe('a ejected, b available, c available');
    expect([lend(), lend(), lend()].map(({ endpoint }) => endpoint.id).join('')).toBe('bcb');
    clock.advance(100);
    expect(states()).toBe('a available, b available, c available');
    const trial = lend(only('a'));
    expect(states()).toBe('a ejected, b available, c available');
    trial.release(outcomeOk);
    expect(states()).toBe('a available, b available, c available');
    expect(heard).toEqual(['a ejected for 100', 'a recovered']);
    expect(clock.pendingTimers).toBe(0);
  });

  test('says which failure ejected', () => {
    const { upstream, lend } = setUp();
    const errors: unknown[] = [];
    upstream.on('endpoint-ejected', ({ error }) => errors.push(error));
    lend().release(failed);
    expect(errors).toEqual([failed.error]);
  });

  test('is off when it is told so', () => {
    for (const health of [false, { maxFails: 0 }] as const) {
      const { lend, states } = setUp({ health });
      for (let index = 0; index < 10; index++) lend(only('a')).release(failed);
      expect(states()).toBe('a available, b available, c available');
    }
  });

  test('a lone endpoint is never ejected, also when it becomes the only one', () => {
    const lone = setUp({ endpoints: [named('a:1')], health: { panic: false } });
    for (let index = 0; index < 5; index++) lone.lend().release(failed);
    expect(lone.states()).toBe('a available');
    const left = setUp({ health: { panic: false } });
    left.lend(only('a')).release(failed);
    left.upstream.update([named('a:1')]);
    expect(left.states()).toBe('a available');
  });

  test('a lone primary is ejected when there is a backup', () => {
    const { lend } = setUp({ endpoints: [named('a:1'), { ...named('b:1'), backup: true }] });
    lend().release(failed);
    expect(lend().endpoint.id).toBe('b');
  });

  test('in panic the ejected endpoints are used; without it there is none', () => {
    const panicking = setUp();
    for (const id of ['a', 'b', 'c']) panicking.lend(only(id)).release(failed);
    expect(panicking.lend().endpoint.id).toMatch(/[abc]/);
    const calm = setUp({ health: { panic: false } });
    for (const id of ['a', 'b', 'c']) calm.lend(only(id)).release(failed);
    expect(() => calm.upstream.acquire()).toThrow('no endpoint of shop will do: 3 ejected');
  });

  test('nothing happens to an endpoint that is gone', () => {
    const { upstream, clock, heard, lend } = setUp();
    const lease = lend(only('a'));
    upstream.update([named('b:1'), named('c:1')]);
    lease.release(failed);
    expect([heard, clock.pendingTimers]).toEqual([['generation 2'], 0]);
  });
});

describe('limits', () => {
  test('a full endpoint is passed over', () => {
    const { lend } = setUp({ endpoints: [limited('a'), named('b:1')] });
    expect([lend(), lend(), lend()].map(({ endpoint }) => endpoint.id).join('')).toBe('abb');
  });

  test('when all are full, the next waits until one is released', async () => {
    const { upstream, lend, wait } = setUp({ endpoints: [limited('a'), limited('b')] });
    const leases = [lend(), lend()];
    const waits = [wait(), wait()];
    expect(upstream.stats().queued).toBe(2);
    leases[1]!.release(outcomeOk);
    expect(await waits[0]).toBe('b');
    leases[0]!.release(outcomeOk);
    expect(await waits[1]).toBe('a');
    expect(upstream.stats()).toMatchObject({ queued: 0, inFlight: 2 });
  });

  test('the upstream as a whole has a limit too', async () => {
    const { lend, wait } = setUp({ limits: { maxInFlight: 2 } });
    const lease = lend();
    lend();
    const waiting = wait();
    lease.release(outcomeOk);
    expect(await waiting).toBe('c');
  });

  test('there is no wait for what can not come', () => {
    const { upstream, lend } = setUp({ limits: { maxInFlight: 1 } });
    lend();
    expect(() => upstream.acquire(only('x'))).toThrow(expect.objectContaining({ code: 'SLUICE_NO_ENDPOINT' }));
  });

  test('waits are bounded in number and time, and both are counted', async () => {
    const limits = { maxQueued: 1, queueTimeoutMs: 50 };
    const { upstream, clock, lend, wait } = setUp({ endpoints: [limited('a')], limits });
    lend();
    const waiting = wait();
    expect(() => upstream.acquire()).toThrow(expect.objectContaining({ code: 'SLUICE_QUEUE_FULL' }));
    clock.advance(50);
    expect(await waiting).toBe('SLUICE_QUEUE_TIMEOUT');
    expect(upstream.stats()).toMatchObject({ queued: 0, queueFull: 1, queueTimeouts: 1 });
  });

  test('with maxQueued 0 nobody waits', () => {
    const { upstream, lend } = setUp({ endpoints: [limited('a')], limits: { maxQueued: 0 } });
    lend();
    expect(() => upstream.acquire()).toThrow('shop is full and waiting is switched off');
  });

  test('a wait that is cancelled ends with the reason', async () => {
    const { upstream, lend } = setUp({ endpoints: [limited('a')] });
    lend();
    const scope = createAbortScope();
    const waiting = Promise.resolve(upstream.acquire({}, scope));
    scope.abort(new Error('client left'));
    await expect(waiting).rejects.toThrow('client left');
    expect(upstream.stats().queued).toBe(0);
  });

  test('newcomers take what those who wait can not use', async () => {
    const { lend, wait } = setUp({ endpoints: [limited('a'), named('b:1')] });
    const lease = lend(only('a'));
    const picky = wait(only('a'));
    expect(lend().endpoint.id).toBe('b');
    lease.release(outcomeOk);
    expect(await picky).toBe('a');
  });
});

describe('waits that circumstances end', () => {
  test('an endpoint whose ejection is over serves those who wait, without anything else happening', async () => {
    const { clock, lend, wait } = setUp({ endpoints: [limited('a'), limited('b')], health: { failTimeoutMs: 100 } });
    lend(only('a')).release(failed);
    lend(only('b'));
    const waiting = wait();
    clock.advance(100);
    expect(await waiting).toBe('a');
  });

  test('an endpoint that may take more serves them', async () => {
    const { upstream, lend, wait } = setUp({ endpoints: [limited('a')] });
    lend();
    const waiting = wait();
    upstream.update([limited('a', 2)]);
    expect(await waiting).toBe('a');
  });

  test('those whose only hope is gone are told at once', async () => {
    const { upstream, lend, wait } = setUp({
      endpoints: [limited('a'), limited('b'), limited('c')],
      health: { panic: false },
    });
    const leases = ['a', 'b', 'c'].map((id) => lend(only(id)));
    const waits = ['a', 'b', 'c'].map((id) => wait(only(id)));
    leases[0]!.release(failed);
    expect(await waits[0]).toBe('SLUICE_NO_ENDPOINT');
    upstream.update([limited('a'), limited('b')]);
    expect(await waits[2]).toBe('SLUICE_NO_ENDPOINT');
    const draining = upstream.drain('b', 100);
    expect(await waits[1]).toBe('SLUICE_NO_ENDPOINT');
    leases[1]!.release(outcomeOk);
    expect(await draining).toBe(0);
  });
});

describe('updates', () => {
  test('weights apply at once, counters and health are kept', () => {
    const { upstream, lend, states } = setUp();
    lend(only('a')).release(failed);
    const change = upstream.update([named('a:1'), { ...named('b:1'), weight: 3 }, named('d:1')]);
    expect(change).toEqual({ generation: 2, added: ['d'], changed: ['b'], removed: ['c'] });
    expect(states()).toBe('a ejected, b available, d available');
    expect(upstream.stats().endpoints[0]).toMatchObject({ failed: 1, ejections: 1 });
    expect(Array.from({ length: 4 }, () => lend().endpoint.id).join('')).toBe('bbdb');
    expect(upstream.endpointSet).toMatchObject({ generation: 2, totalWeight: 5 });
  });

  test('leases on removed endpoints run on and are counted', () => {
    const { upstream, lend } = setUp();
    const lease = lend(only('a'));
    upstream.update([named('b:1')]);
    expect(upstream.stats().inFlight).toBe(1);
    lease.release(outcomeOk);
    expect(upstream.stats().inFlight).toBe(0);
  });

  test('a list that changes nothing makes no generation and no event', () => {
    const { upstream, heard } = setUp();
    const set = upstream.endpointSet;
    expect(upstream.update(['a:1', 'b:1', 'c:1'].map(named))).toEqual({
      generation: 1,
      added: [],
      changed: [],
      removed: [],
    });
    expect(upstream.endpointSet).toBe(set);
    expect(heard).toEqual([]);
  });

  test('a list that is wrong changes nothing', () => {
    const { upstream } = setUp();
    expect(() => upstream.update(['a:1', 'nonsense'])).toThrow('endpoints[1].address must be');
    expect(upstream.endpointSet.generation).toBe(1);
  });
});

describe('draining', () => {
  test('lends nothing more and waits for what is open', async () => {
    const { upstream, heard, lend, states } = setUp();
    const lease = lend(only('a'));
    const drained = upstream.drain('a', 1000);
    expect(states()).toBe('a draining, b available, c available');
    expect([lend(), lend(), lend()].map(({ endpoint }) => endpoint.id).join('')).toBe('bcb');
    lease.release(outcomeOk);
    expect(await drained).toBe(0);
    expect(heard).toEqual(['a drained with 0']);
  });

  test('gives up after graceMs and says how many are left', async () => {
    const { upstream, clock, lend, heard } = setUp();
    lend(only('a'));
    lend(only('a'));
    const drained = upstream.drain('a', 100);
    clock.advance(100);
    expect(await drained).toBe(2);
    expect([heard, clock.pendingTimers]).toEqual([['a drained with 2'], 0]);
  });

  test('a second call shortens the wait of both', async () => {
    const { upstream, clock, lend, heard } = setUp();
    lend(only('a'));
    const drains = [upstream.drain('a', 1000), upstream.drain('a', 10), upstream.drain('a', 500)];
    clock.advance(10);
    expect(await Promise.all(drains)).toEqual([1, 1, 1]);
    expect(heard).toEqual(['a drained with 1']);
  });

  test('an idle endpoint is drained at once', async () => {
    expect(await setUp().upstream.drain('a', Infinity)).toBe(0);
  });

  test('outlives updates, until the endpoint is resumed', async () => {
    const { upstream, lend, states } = setUp();
    lend(only('a'));
    const drained = upstream.drain('a', Infinity);
    upstream.update([{ ...named('a:1'), weight: 2 }, named('b:1')]);
    expect(states()).toBe('a draining, b available');
    expect(upstream.resume('a')).toBe(true);
    expect(await drained).toBe(1);
    expect(states()).toBe('a available, b available');
    expect([upstream.resume('a'), upstream.resume('x')]).toEqual([false, false]);
  });

  test('waits also for the leases of an endpoint that an update removes meanwhile', async () => {
    const { upstream, lend } = setUp();
    const lease = lend(only('a'));
    const drained = upstream.drain('a', 1000);
    upstream.update([named('b:1')]);
    lease.release(outcomeOk);
    expect(await drained).toBe(0);
  });

  test('refuses an id that is not there', async () => {
    await expect(setUp().upstream.drain('x', 0)).rejects.toThrow(
      'endpointId must be the id of an endpoint of shop, got "x"',
    );
  });
});

describe('tiers', () => {
  const tiered = [named('a:1'), named('b:1'), { ...named('c:1'), priority: 1 }, { ...named('d:1'), priority: 1 }];
  const loads = (upstream: Upstream): string =>
    upstream
      .stats()
      .tiers.map(({ priority, healthy, loadPercent }) => `${priority}: ${healthy} ${loadPercent}%`)
      .join(', ');

  test('share the work anew when endpoints fail, are due for a trial, are on trial, and recover', () => {
    const { upstream, clock, lend } = setUp({ endpoints: tiered });
    expect(loads(upstream)).toBe('0: 2 100%, 1: 2 0%');
    lend(only('a')).release(failed);
    expect(loads(upstream)).toBe('0: 1 70%, 1: 2 30%');
    lend(only('b')).release(failed);
    expect(loads(upstream)).toBe('0: 0 0%, 1: 2 100%');
    clock.advance(10_000);
    expect(loads(upstream)).toBe('0: 2 100%, 1: 2 0%');
    const trial = lend(only('a'));
    expect(loads(upstream)).toBe('0: 1 70%, 1: 2 30%');
    trial.release(outcomeCancelled);
    expect(loads(upstream)).toBe('0: 2 100%, 1: 2 0%');
    const another = lend(only('a'));
    lend(only('b')).release(failed);
    expect(loads(upstream)).toBe('0: 0 0%, 1: 2 100%');
    another.release(outcomeOk);
    expect(loads(upstream)).toBe('0: 1 70%, 1: 2 30%');
  });

  test('give an endpoint another trial when its last one takes for ever', async () => {
    const { upstream, clock, lend } = setUp({ endpoints: [named('a:1'), { ...named('b:1'), priority: 1 }] });
    lend(only('a')).release(failed);
    clock.advance(10_000);
    expect(lend().endpoint.id).toBe('a');
    expect(loads(upstream)).toBe('0: 0 0%, 1: 1 100%');
    expect(lend().endpoint.id).toBe('b');
    clock.advance(10_000);
    expect(loads(upstream)).toBe('0: 1 100%, 1: 1 0%');
    expect(lend().endpoint.id).toBe('a');
    void upstream.close();
    expect(clock.pendingTimers).toBe(0);
  });

  test('are passed over while circuits are open, and asked again when time has closed them', () => {
    const breaker = { scope: 'endpoint', minVolume: 1, openMs: 1000 } as const;
    const endpoints = [named('a:1'), { ...named('b:1'), priority: 1 }];
    const { clock, lend } = setUp({ endpoints, breaker, health: false });
    expect(lend().endpoint.id).toBe('a');
    lend().release(failed);
    expect(lend().endpoint.id).toBe('b');
    clock.advance(10_000);
    expect(lend().endpoint.id).toBe('a');
  });

  test('follow drains, wishes and updates', async () => {
    const { upstream } = setUp({ endpoints: tiered });
    await upstream.drain('a', 0);
    expect(loads(upstream)).toBe('0: 1 70%, 1: 2 30%');
    upstream.resume('a');
    upstream.reweigh('b', { weightPercent: 0 });
    expect(loads(upstream)).toBe('0: 1 70%, 1: 2 30%');
    upstream.update([{ ...named('a:1'), priority: 5 }, named('b:1'), { ...named('c:1'), backup: true }]);
    expect(loads(upstream)).toBe('0: 0 0%, 5: 1 100%, 0: 1 0%');
  });
});

describe('panic', () => {
  function setUpPanic(options: Partial<UpstreamOptions>) {
    const { upstream, heard, ...rest } = setUp({ endpoints: ['a:1', 'b:1', 'c:1', 'd:1'].map(named), ...options });
    upstream.on('panic-started', ({ healthyPercent }) => heard.push(`panic at ${healthyPercent} %`));
    upstream.on('panic-ended', ({ healthyPercent }) => heard.push(`calm at ${healthyPercent} %`));
    const fail = (...ids: string[]): void => ids.forEach((id) => rest.lend(only(id)).release(failed));
    return { upstream, fail, told: () => heard.filter((line) => !line.includes('eject')), ...rest };
  }

  test('is told when it starts and ends, and counted', () => {
    const { upstream, fail, told, lend, clock } = setUpPanic({});
    fail('a', 'b', 'c');
    expect(upstream.stats()).toMatchObject({ isPanicking: false, panics: 0 });
    fail('d');
    expect(upstream.stats()).toMatchObject({ isPanicking: true, panics: 1 });
    clock.advance(10_000);
    // Being due for a trial is no recovery.
    expect(upstream.stats()).toMatchObject({ isPanicking: true, panics: 1 });
    lend(only('b')).release(outcomeOk);
    expect(upstream.stats()).toMatchObject({ isPanicking: false, panics: 1 });
    expect(told()).toEqual(['panic at 0 %', 'b recovered', 'calm at 25 %']);
  });

  test('begins earlier with a threshold, and then everybody gets work again', () => {
    const { fail, told, lend } = setUpPanic({ health: { panicThresholdPercent: 50 } });
    fail('a', 'b');
    const ids = (): string => Array.from({ length: 8 }, () => lend().endpoint.id).join('');
    expect(ids()).toBe('cdcdcdcd');
    fail('c');
    expect(new Set(ids())).toEqual(new Set('abcd'));
    expect(told()).toEqual(['panic at 25 %']);
  });

  test('refuses everything until enough are back, when the few are to be spared', () => {
    const { fail, told, lend, upstream } = setUpPanic({ health: { panic: 'fail', panicThresholdPercent: 50 } });
    fail('a', 'b', 'c');
    expect(() => lend()).toThrow('no endpoint of shop will do: 3 ejected, 1 available; too few are healthy');
    upstream.update([named('d:1'), named('e:1')]);
    expect(lend().endpoint.id).toBe('d');
    expect(told()).toEqual(['panic at 25 %', 'calm at 100 %', 'generation 2']);
  });

  test('is not told where there is none', () => {
    const { upstream, fail, told } = setUpPanic({ health: { panic: false, panicThresholdPercent: 90 } });
    fail('a', 'b', 'c', 'd');
    expect(upstream.stats()).toMatchObject({ isPanicking: false, panics: 0 });
    expect(told()).toEqual([]);
  });
});

describe('closing', () => {
  test('refuses new work, sends away those who wait, and waits for what is open', async () => {
    const { upstream, clock, lend, wait } = setUp({ endpoints: [limited('a'), limited('b')] });
    const leases = [lend(), lend()];
    const waiting = wait();
    let closed = false;
    const closing = upstream.close().then(() => (closed = true));
    expect(await waiting).toBe('SLUICE_SHUTTING_DOWN');
    expect(() => upstream.acquire()).toThrow(expect.objectContaining({ code: 'SLUICE_SHUTTING_DOWN' }));
    leases[0]!.release(failed);
    await Promise.resolve();
    expect(closed).toBe(false);
    leases[1]!.release(outcomeOk);
    await closing;
    expect(clock.pendingTimers).toBe(0);
  });

  test('is the same when it is called again', async () => {
    const { upstream, lend, clock } = setUp();
    lend(only('a')).release(failed);
    expect(upstream.close()).toBe(upstream.close());
    await upstream.close();
    expect(clock.pendingTimers).toBe(0);
  });
});

test('a listener that throws disturbs nobody', () => {
  const { upstream, heard, lend, states } = setUp();
  const warn = vi.spyOn(process, 'emitWarning').mockReturnValue();
  upstream.on('endpoint-ejected', () => {
    throw new Error('broken listener');
  });
  upstream.on('endpoint-ejected', () => heard.push('the next listener'));
  lend(only('a')).release(failed);
  expect(heard).toEqual(['a ejected for 10000', 'the next listener']);
  expect(states()).toBe('a ejected, b available, c available');
  expect(warn).toHaveBeenCalledOnce();
  warn.mockRestore();
});

test('a listener may act on the upstream', async () => {
  const { upstream, lend, states } = setUp();
  const drains: Promise<number>[] = [];
  upstream.on('endpoint-ejected', ({ endpoint }) => drains.push(upstream.drain(endpoint.id, 0)));
  lend(only('a')).release(failed);
  expect(await Promise.all(drains)).toEqual([0]);
  expect(states()).toBe('a draining, b available, c available');
});

test('a balancer that wants to hears how its work ended, once for each lease', () => {
  const heard: string[] = [];
  const balancer = {
    name: 'listening',
    pick: ({ endpoints: [first] }: EndpointSet) => first,
    observe: ({ id }: Endpoint, latencyMs: number, hasFailed: boolean) => heard.push(`${id} ${latencyMs} ${hasFailed}`),
  };
  const { lend } = setUp({ balancer });
  expect(lend().wantsLatency).toBe(true);
  lend().release({ result: 'ok', latencyMs: 5 });
  const early = lend();
  early.succeed(7);
  early.release({ result: 'ok', latencyMs: 7 });
  lend().release(outcomeCancelled);
  lend().release({ ...failed, latencyMs: 3 });
  lend().release(failed);
  expect(heard).toEqual(['a 5 false', 'a 7 false', 'a 3 true', 'a 0 true']);
});
