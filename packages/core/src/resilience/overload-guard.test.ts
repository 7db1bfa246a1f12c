import { describe, expect, test } from 'vitest';
import { createManualClock } from '../clock.ts';
import { isProxyError } from '../errors.ts';
import { createUpstream } from '../upstream/create-upstream.ts';
import type { AcquireHint } from '../upstream/endpoint-selection.ts';
import { outcomeCancelled, outcomeOk, type Lease, type Outcome } from '../upstream/lease.ts';
import type { UpstreamOptions } from '../upstream/upstream-options.ts';
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
