import { describe, expect, test } from 'vitest';
import { createManualClock } from '../clock.ts';
import { isProxyError } from '../errors.ts';
import { createUpstream } from '../upstream/create-upstream.ts';
import type { AcquireHint } from '../upstream/endpoint-selection.ts';
import { outcomeCancelled, outcomeOk, type Lease, type Outcome } from '../upstream/lease.ts';
import type { UpstreamOptions } from '../upstream/upstream-options.ts';
import type { AdaptiveOptions } from './adaptive-options.ts';
import type { BreakerOptions } from './breaker-options.ts';

const failed: Outcome = { result: 'failed' };
const only = (wanted: string): AcquireHint => ({ accept: ({ id }) => id === wanted });

function setUp(breaker: BreakerOptions, options: Partial<UpstreamOptions> = {}) {
  const clock = createManualClock();
  const upstream = createUpstream({
    name: 'shop',
    endpoints: ['a', 'b'].map((id) => ({ id, address: `${id}:1` })),
    breaker: { minVolume: 2, openMs: 1000, openJitterPercent: 0, halfOpenProbes: 1, ...breaker },
    health: false,
    clock,
    ...options,
  });
  const heard: string[] = [];
  const who = (endpoint: { readonly id: string } | undefined): string => endpoint?.id ?? 'shop';
  upstream.on('circuit-opened', ({ endpoint, reason, openMs }) =>
    heard.push(`${who(endpoint)} open ${openMs}: ${reason}`),
  );
  upstream.on('circuit-half-opened', ({ endpoint }) => heard.push(`${who(endpoint)} half-open`));
  upstream.on('circuit-closed', ({ endpoint, reason }) => heard.push(`${who(endpoint)} closed: ${reason}`));
  /** What becomes of work that is not waited for: the endpoint's id, or the code and when to try again. */
  const work = (outcome: Outcome = outcomeOk, hint?: AcquireHint): string => {
    try {
      const lease = upstream.acquire(hint) as Lease;
      lease.release(outcome);
      return lease.endpoint.id;
    } catch (error) {
      return isProxyError(error) ? `${error.code} ${error.retryAfterMs}` : String(error);
    }
  };
  return { clock, upstream, heard, work };
}

describe('of the upstream', () => {
  test('refuses everything at once while it is open, lets probes through then, and recovers', () => {
    const { clock, heard, upstream, work } = setUp({});
    work(failed);
    work(failed);
    clock.advance(400);
    expect(work()).toBe('SLUICE_CIRCUIT_OPEN 600');
    expect(upstream.stats().circuit).toMatchObject({ state: 'open', opened: 1 });
    clock.advance(600);
    const probe = upstream.acquire() as Lease;
    expect(work()).toBe('SLUICE_CIRCUIT_OPEN 1000');
    probe.release(outcomeOk);
    expect(work()).not.toContain('SLUICE');
    expect(heard).toEqual([
      'shop open 1000: 2 of 2 within 10.0 s failed',
      'shop half-open',
      'shop closed: 1 of 1 probes went well',
    ]);
  });

  test('gives the place of a cancelled probe to another', () => {
    const { clock, work } = setUp({});
    work(failed);
    work(failed);
    clock.advance(1000);
    expect(work(outcomeCancelled)).not.toContain('SLUICE');
    expect(work()).not.toContain('SLUICE');
  });

  test('sends those away who wait when it opens', async () => {
    const { upstream } = setUp({}, { limits: { maxInFlight: 2 } });
    const leases = [upstream.acquire() as Lease, upstream.acquire() as Lease];
    const waiting = upstream.acquire();
    for (const lease of leases) lease.release(failed);
    // The first failure frees a place; the work that got it is under way.
    const served = await waiting;
    const second = setUp({}, { limits: { maxInFlight: 1 } }).upstream;
    const lease = second.acquire() as Lease;
    const waits = [second.acquire(), second.acquire()].map(async (wait) => wait);
    lease.release(failed);
    (await waits[0])?.release(failed);
    await expect(waits[1]).rejects.toMatchObject({ code: 'SLUICE_CIRCUIT_OPEN' });
    served.release(outcomeOk);
  });

  test('judges work that goes on by what it has done so far, and once', () => {
    const { heard, upstream } = setUp({ failureRatio: 1, minVolume: 2 });
    const lease = upstream.acquire() as Lease;
    lease.succeed(5);
    expect(upstream.stats().circuit).toMatchObject({ volume: 1, failed: 0 });
    lease.release(outcomeOk);
    expect([upstream.stats().circuit?.volume, heard]).toEqual([1, []]);
  });

  test('does not judge a probe twice', () => {
    const { clock, upstream, work } = setUp({ halfOpenProbes: 2 });
    work(failed);
    work(failed);
    clock.advance(1000);
    const probe = upstream.acquire() as Lease;
    probe.succeed();
    probe.release(failed);
    expect(upstream.stats().circuit?.state).toBe('half-open');
    work();
    expect(upstream.stats().circuit?.state).toBe('closed');
  });

  test('wants latencies when it looks for slow work, and opens for it', () => {
    expect((setUp({}).upstream.acquire() as Lease).wantsLatency).toBe(false);
    const { upstream, work } = setUp({ slowCallMs: 50 });
    expect((upstream.acquire() as Lease).wantsLatency).toBe(true);
    work({ result: 'ok', latencyMs: 50 });
    work({ result: 'ok', latencyMs: 80 });
    expect(upstream.stats().circuit?.explanation).toBe(
      'circuit open for 0.0 s of 1.0 s: 2 of 2 within 10.0 s were slow',
    );
  });
});

describe('of an endpoint', () => {
  test('passes the endpoint over, also for those who prefer it', () => {
    const { heard, upstream, work } = setUp({ scope: 'endpoint' });
    work(failed, only('a'));
    work(failed, only('a'));
    expect([work(), work(), work(outcomeOk, { prefer: 'a' })]).toEqual(['b', 'b', 'b']);
    expect(upstream.stats().endpoints.map(({ state }) => state)).toEqual(['tripped', 'available']);
    expect(upstream.stats().endpoints[0]?.explanation).toBe(
      'tripped: circuit open for 0.0 s of 1.0 s: 2 of 2 within 10.0 s failed',
    );
    expect(heard).toEqual(['a open 1000: 2 of 2 within 10.0 s failed']);
  });

  test('says when the first of them is worth a try when all that are acceptable are tripped', () => {
    const { clock, work } = setUp({ scope: 'endpoint' });
    for (let times = 0; times < 2; times++) work(failed, only('a'));
    clock.advance(300);
    for (let times = 0; times < 2; times++) work(failed, only('b'));
    expect([work(), work(outcomeOk, only('b')), work(outcomeOk, only('c'))]).toEqual([
      'SLUICE_CIRCUIT_OPEN 700',
      'SLUICE_CIRCUIT_OPEN 1000',
      'SLUICE_NO_ENDPOINT undefined',
    ]);
  });

  test('is not overruled by panic, and does not keep panic from the others', () => {
    const { work } = setUp({ scope: 'endpoint', minVolume: 1 }, { health: { maxFails: 1 } });
    work(failed, only('a'));
    expect(work()).toBe('b');
    const panicking = setUp({ scope: 'endpoint', failureRatio: 0.9 }, { health: { maxFails: 1 } });
    panicking.work(failed, only('b'));
    panicking.work(failed, only('a'));
    panicking.work(failed, only('a'));
    expect([panicking.work(), panicking.work()]).toEqual(['b', 'b']);
  });

  test('lets one probe through, and begins anew with another address', () => {
    const { clock, upstream, work } = setUp({ scope: 'endpoint' }, { endpoints: [{ id: 'a', address: 'a:1' }] });
    work(failed);
    work(failed);
    clock.advance(1000);
    expect(upstream.stats().endpoints[0]?.explanation).toContain('available: circuit open for 1.0 s of 1.0 s');
    expect([work(failed), work()]).toEqual(['a', 'SLUICE_CIRCUIT_OPEN 2000']);
    upstream.update([{ id: 'a', address: 'other:1' }]);
    expect(work()).toBe('a');
  });

  test('stands beside that of the upstream when both are wanted', () => {
    const { upstream, work } = setUp({ scope: 'both', minVolume: 3 });
    work(failed, only('a'));
    work(failed, only('a'));
    work(failed, only('a'));
    const { circuit, endpoints } = upstream.stats();
    expect([circuit?.state, endpoints[0]?.circuit?.state, endpoints[1]?.circuit?.state]).toEqual([
      'open',
      'open',
      'closed',
    ]);
  });
});

describe('an adaptive limit', () => {
  function limited(adaptive: AdaptiveOptions) {
    const clock = createManualClock();
    const upstream = createUpstream({ name: 'shop', endpoints: ['a:1'], health: false, limits: { adaptive }, clock });
    const heard: string[] = [];
    upstream.on('limit-changed', ({ before, maxInFlight, reason }) =>
      heard.push(`${before} to ${maxInFlight}: ${reason}`),
    );
    const lend = (times: number): Lease[] => Array.from({ length: times }, () => upstream.acquire() as Lease);
    return { clock, heard, lend, upstream };
  }

  test('is what the upstream has in flight at the most, and follows outcomes', async () => {
    const { heard, lend, upstream } = limited({
      algorithm: 'aimd',
      initialInFlight: 4,
      minInFlight: 2,
      backoffRatio: 0.5,
    });
    const leases = lend(4);
    expect(leases[0]?.wantsLatency).toBe(true);
    const waiting = [upstream.acquire(), upstream.acquire(), upstream.acquire()];
    expect(waiting.every((wait) => wait instanceof Promise)).toBe(true);
    expect(upstream.stats()).toMatchObject({
      maxInFlight: 4,
      explanation: 'full: 4 of 4 in flight, 3 wait; limit 4 by aimd: not lowered yet',
    });
    leases[0]?.release(failed);
    expect(heard).toEqual(['4 to 2: limit 2 by aimd: lowered last for a failure']);
    // Three are out where two may be.
    leases[1]?.release(outcomeCancelled);
    expect(upstream.stats().queued).toBe(3);
    leases[2]?.release({ result: 'ok', latencyMs: 5 });
    expect(upstream.stats().queued).toBe(2);
    leases[3]?.release({ result: 'ok', latencyMs: 5 });
    for (const wait of waiting) (await wait).release(outcomeOk);
    expect(upstream.stats()).toMatchObject({ inFlight: 0, queued: 0 });
  });

  test('serves those who wait when it rises, with no lease given back', () => {
    const { lend, upstream } = limited({ minRttSamples: 3, minInFlight: 3, initialInFlight: 5 });
    const leases = lend(3);
    const waiting = [upstream.acquire(), upstream.acquire()];
    for (const lease of leases) lease.succeed(10);
    expect(upstream.stats()).toMatchObject({ maxInFlight: 5, inFlight: 5, queued: 0 });
    expect(waiting).toHaveLength(2);
  });

  test('takes the time of a lease when nobody has taken a better one', () => {
    const { clock, lend, upstream } = limited({ algorithm: 'aimd', slowMs: 100, initialInFlight: 10 });
    const [quick, slow] = lend(2);
    clock.advance(99);
    quick?.release(outcomeOk);
    expect(upstream.stats().maxInFlight).toBe(10);
    clock.advance(1);
    slow?.release(outcomeOk);
    expect(upstream.stats().maxInFlight).toBe(9);
  });

  test('does not go beyond the limit that was given', () => {
    const clock = createManualClock();
    const upstream = createUpstream({
      endpoints: ['a:1'],
      limits: { maxInFlight: 7, adaptive: { algorithm: 'aimd' } },
      clock,
    });
    expect(upstream.stats().maxInFlight).toBe(7);
  });

  test('has options that are checked', () => {
    const adaptive = { algorithm: 'gradent', minInFlight: 0, initialInFlight: 5000, backoff: 1 };
    expect(() => createUpstream({ endpoints: [], limits: { adaptive } } as never)).toThrow(
      /minInFlight .*algorithm .*did you mean gradient\?.*initialInFlight .*backoff is unknown/s,
    );
  });
});

test('is not there unless it is asked for', () => {
  const upstream = createUpstream({ endpoints: ['a:1'] });
  const { circuit, endpoints } = upstream.stats();
  expect([circuit, endpoints[0]?.circuit]).toEqual([undefined, undefined]);
});

test('its options are checked', () => {
  const options = {
    endpoints: ['a:1'],
    breaker: { scope: 'enpoint', failureRatio: 2, minVolume: 0, halfOpenProbs: 1 },
  };
  expect(() => createUpstream(options as never)).toThrow(
    /breaker\.scope .*did you mean endpoint\?.*breaker\.failureRatio .*breaker\.minVolume .*did you mean halfOpenProbes\?/s,
  );
});
