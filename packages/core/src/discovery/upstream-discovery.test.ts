import { describe, expect, test } from 'vitest';
import { createAbortScope } from '../abort-scope.ts';
import { createManualClock, type ManualClock } from '../clock.ts';
import { createUpstream } from '../upstream/create-upstream.ts';
import type { UpstreamOptions } from '../upstream/upstream-options.ts';
import type { Upstream } from '../upstream/upstream.ts';
import { pushEndpoints, type PushedEndpoints } from './push-endpoints.ts';
import { staticEndpoints } from './static-endpoints.ts';

const settle = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

function setUp(options: Partial<UpstreamOptions> = {}): {
  upstream: Upstream;
  source: PushedEndpoints;
  clock: ManualClock;
} {
  const clock = createManualClock();
  const source = pushEndpoints('registry');
  return { upstream: createUpstream({ name: 'shop', endpoints: source, clock, ...options }), source, clock };
}

const codeOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => 'fine',
    (error: unknown) => (error as { code?: string }).code ?? error,
  );

describe('before the first list', () => {
  test('work waits for it', async () => {
    const { upstream, source } = setUp();
    const waiting = Promise.resolve(upstream.acquire());
    source.push(['a:1']);
    expect((await waiting).endpoint.id).toBe('a:1');
  });

  test('work waits no longer than the queue lets it, and hears why', async () => {
    const { upstream, source, clock } = setUp({ limits: { queueTimeoutMs: 50 } });
    const waiting = Promise.resolve(upstream.acquire());
    source.fail(new Error('no route'));
    await settle();
    clock.advance(50);
    await expect(waiting).rejects.toMatchObject({
      code: 'SLUICE_QUEUE_TIMEOUT',
      message: 'no endpoint of shop was free within 50 ms: registry has told none yet (no route)',
    });
  });

  test('work goes to endpoints that are there anyway', () => {
    const clock = createManualClock();
    const upstream = createUpstream({ endpoints: ['a:1'], clock });
    upstream.follow(pushEndpoints());
    expect(upstream.acquire()).toMatchObject({ endpoint: { id: 'a:1' } });
  });

  test('the end sends everybody away', async () => {
    const { upstream } = setUp();
    const work = codeOf(Promise.resolve(upstream.acquire()));
    const ready = codeOf(upstream.ready());
    await upstream.close();
    expect([await work, await ready]).toEqual(['SLUICE_SHUTTING_DOWN', 'SLUICE_SHUTTING_DOWN']);
    expect(await codeOf(upstream.ready())).toBe('SLUICE_SHUTTING_DOWN');
    expect(() => upstream.follow(pushEndpoints())).toThrow(expect.objectContaining({ code: 'SLUICE_SHUTTING_DOWN' }));
  });

  test('when the source is not followed any more, there is nothing to wait for', async () => {
    const { upstream } = setUp({ endpoints: [] });
    const stop = upstream.follow(pushEndpoints());
    const work = codeOf(Promise.resolve(upstream.acquire()));
    const ready = codeOf(upstream.ready());
    stop();
    stop();
    expect([await work, await ready]).toEqual(['SLUICE_NO_ENDPOINT', 'fine']);
    expect(upstream.stats().discovery).toBeUndefined();
  });
});

describe('ready', () => {
  test('resolves at once without a source, and with its first good list', async () => {
    await createUpstream({ endpoints: [] }).ready();
    const { upstream, source } = setUp();
    const ready = upstream.ready();
    source.push([]);
    await settle();
    source.push(['a:1']);
    await ready;
    expect(upstream.endpointSet.endpoints).toHaveLength(1);
    await upstream.ready();
  });

  test('ends with its cancellation', async () => {
    const { upstream, source } = setUp();
    const scope = createAbortScope();
    const cancelled = upstream.ready(scope);
    const other = upstream.ready();
    scope.abort('enough');
    await expect(cancelled).rejects.toBe('enough');
    source.push(['a:1']);
    await other;
  });
});

describe('another source', () => {
  test('takes the place of the one before, and its endpoints stay until it has told its own', async () => {
    const { upstream, source } = setUp();
    source.push(['a:1']);
    await upstream.ready();
    upstream.follow(staticEndpoints(['b:1']));
    source.push(['c:1']);
    expect(upstream.endpointSet.endpoints[0]?.id).toBe('a:1');
    await upstream.ready();
    await settle();
    expect(upstream.endpointSet.endpoints[0]?.id).toBe('b:1');
    expect(upstream.stats().discovery).toMatchObject({ source: 'static', state: 'ended' });
  });

  test('serves those who waited for the one before', async () => {
    const { upstream } = setUp();
    const ready = upstream.ready();
    const work = Promise.resolve(upstream.acquire());
    await settle();
    upstream.follow(staticEndpoints(['b:1']));
    await ready;
    expect((await work).endpoint.id).toBe('b:1');
  });
});
