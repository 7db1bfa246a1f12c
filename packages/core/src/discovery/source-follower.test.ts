import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { AbortScope } from '../abort-scope.ts';
import { createManualClock, type ManualClock } from '../clock.ts';
import { createUpstream } from '../upstream/create-upstream.ts';
import { outcomeOk, type Lease } from '../upstream/lease.ts';
import type { UpstreamOptions } from '../upstream/upstream-options.ts';
import type { Upstream } from '../upstream/upstream.ts';
import type { EndpointSnapshot, EndpointSource } from './endpoint-source.ts';
import { pushEndpoints } from './push-endpoints.ts';

/** Lets everything happen that needs no time. */
const settle = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

interface SetUp {
  readonly upstream: Upstream;
  readonly clock: ManualClock;
  readonly heard: string[];
  readonly ids: () => string;
}

function setUp(endpoints: UpstreamOptions['endpoints'], options: Partial<UpstreamOptions> = {}): SetUp {
  const clock = createManualClock();
  const upstream = createUpstream({ name: 'shop', endpoints, clock, random: () => 0, ...options });
  const heard: string[] = [];
  upstream.on('discovery-updated', ({ source, generation, added, removed }) => {
    heard.push(`${source} generation ${generation} +${added.join()} -${removed.join()}`);
  });
  upstream.on('discovery-failed', ({ kind, reason, failures, retryMs }) => {
    heard.push(`${kind} ${failures}: ${reason}${retryMs === undefined ? '' : `; again in ${retryMs}`}`);
  });
  return { upstream, clock, heard, ids: () => upstream.endpointSet.endpoints.map(({ id }) => id).join() };
}

/** A source whose every watch does the next of these things. */
function scripted(...watches: ((scope: AbortScope) => AsyncIterable<EndpointSnapshot>)[]): EndpointSource {
  const left = [...watches];
  const nothing = (): AsyncIterable<EndpointSnapshot> => {
    throw new Error('nothing is left');
  };
  return { name: 'scripted', watch: (scope) => (left.shift() ?? nothing)(scope) };
}

async function* tell(...lists: readonly string[][]): AsyncGenerator<EndpointSnapshot, void> {
  for (const endpoints of lists) yield { endpoints };
}

async function* tellThenThrow(message: string, ...lists: readonly string[][]): AsyncGenerator<EndpointSnapshot, void> {
  yield* tell(...lists);
  throw new Error(message);
}

describe('a good list', () => {
  test('becomes the endpoints, in the order of their ids', async () => {
    const { ids, heard } = setUp(scripted(() => tell(['b:1', 'a:1'])));
    await settle();
    expect(ids()).toBe('a:1,b:1');
    expect(heard).toEqual(['scripted generation 2 +a:1,b:1 -']);
  });

  test('that is the same in another order makes no generation, and nobody is told', async () => {
    const source = pushEndpoints();
    const { upstream, heard } = setUp(source);
    const described = (zone: string) => ({ address: 'a:1', metadata: { at: { zone, racks: [1, 2] } } });
    source.push([described('x'), 'b:1']);
    await settle();
    const { endpointSet } = upstream;
    source.push(['b:1', described('x')]);
    await settle();
    expect(upstream.endpointSet).toBe(endpointSet);
    expect(upstream.stats().discovery).toMatchObject({ snapshots: 2, state: 'following' });
    expect(heard).toHaveLength(1);
    source.push(['b:1', described('y')]);
    await settle();
    expect(upstream.endpointSet).not.toBe(endpointSet);
    expect(heard).toHaveLength(2);
  });

  test('cuts nothing that is under way', async () => {
    const source = pushEndpoints();
    const { upstream, ids } = setUp(source);
    source.push(['a:1']);
    await settle();
    const lease = upstream.acquire() as Lease;
    source.push(['b:1']);
    await settle();
    expect(ids()).toBe('b:1');
    expect(upstream.stats().inFlight).toBe(1);
    lease.release(outcomeOk);
    expect(upstream.stats().inFlight).toBe(0);
  });

  test('puts right what update was told meanwhile', async () => {
    const source = pushEndpoints();
    const { upstream, ids } = setUp(source);
    source.push(['a:1']);
    await settle();
    upstream.update(['z:1']);
    expect(ids()).toBe('z:1');
    source.push(['a:1']);
    await settle();
    expect(ids()).toBe('a:1');
  });

  test('has an age, a revision and a time for which it holds', async () => {
    const source = pushEndpoints('registry');
    const { upstream, clock } = setUp(source);
    source.push(['a:1'], { revision: 'v1', ttlMs: 500 });
    await settle();
    clock.advance(700);
    expect(upstream.stats().discovery).toEqual({
      source: 'registry',
      state: 'following',
      snapshots: 1,
      failures: 0,
      reason: undefined,
      revision: 'v1',
      ageMs: 700,
      ttlMs: 500,
    });
  });
});

describe('a list that is no good', () => {
  test('is refused as a whole, and the last good one is used on', async () => {
    const { upstream, ids, heard } = setUp(scripted(() => tell(['a:1'], ['b:1', 'nonsense:'])));
    await settle();
    expect(ids()).toBe('a:1');
    expect(heard[1]).toMatch(/^invalid 1: SLUICE_OPTIONS_INVALID: endpoints\[1\]\.address must be/);
    expect(upstream.stats().discovery).toMatchObject({ state: 'failing', failures: 1, snapshots: 1 });
  });

  test('may be anything at all', async () => {
    const nonsense = [
      undefined,
      null,
      7,
      'a:1',
      [],
      {},
      { endpoints: 'a:1' },
      { endpoints: [7] },
      { error: undefined },
    ];
    const source: EndpointSource = {
      name: 'careless',
      async *watch() {
        yield { endpoints: ['a:1'] };
        for (const each of nonsense) yield each as never;
        yield { endpoints: ['b:1'] };
      },
    };
    const { upstream, ids, heard } = setUp(source);
    await settle();
    expect(upstream.stats().discovery).toMatchObject({ failures: nonsense.length, snapshots: 2, state: 'ended' });
    expect(heard[1]).toBe('unavailable 1: careless told neither endpoints nor an error');
    expect(ids()).toBe('b:1');
  });

  test('is one that is empty, unless the options say otherwise', async () => {
    const kept = setUp(scripted(() => tell(['a:1'], [])));
    const applied = setUp(
      scripted(() => tell(['a:1'], [])),
      { discovery: { onEmpty: 'apply' } },
    );
    await settle();
    expect(kept.ids()).toBe('a:1');
    expect(kept.heard[1]).toBe('empty 1: scripted knows of no endpoint');
    expect(applied.ids()).toBe('');
    expect(applied.heard[1]).toBe('scripted generation 3 + -a:1');
    expect(() => applied.upstream.acquire()).toThrow(expect.objectContaining({ code: 'SLUICE_NO_ENDPOINT' }));
  });
});

describe('a source that fails', () => {
  test('is asked again after a wait that grows, and takes nothing away', async () => {
    const broken = (): AsyncIterable<EndpointSnapshot> => {
      throw new Error('not even a watch');
    };
    const { upstream, ids, heard, clock } = setUp(
      scripted(
        () => tellThenThrow('gone', ['a:1']),
        broken,
        () => tellThenThrow('still gone'),
        () => tell(['a:1']),
      ),
    );
    await settle();
    expect(ids()).toBe('a:1');
    for (const waitMs of [1_000, 2_000]) {
      clock.advance(waitMs - 1);
      await settle();
      expect(upstream.stats().discovery?.state).toBe('failing');
      clock.advance(1);
      await settle();
    }
    expect(heard.slice(1)).toEqual([
      'unavailable 1: gone; again in 1000',
      'unavailable 2: not even a watch; again in 2000',
      'unavailable 3: still gone; again in 4000',
    ]);
    expect(upstream.stats().discovery).toMatchObject({ state: 'failing', reason: 'still gone', ageMs: 3_000 });
    clock.advance(4_000);
    await settle();
    expect(heard[4]).toBe('scripted generation 2 + -');
    expect(upstream.stats().discovery).toMatchObject({ state: 'ended', reason: undefined, ageMs: 0 });
  });

  test('without ending is not asked again, and is believed again', async () => {
    const source = pushEndpoints();
    const { upstream, heard, clock } = setUp(source);
    source.push(['a:1']);
    await settle();
    source.fail('disk on fire');
    await settle();
    expect(heard[1]).toBe('unavailable 1: "disk on fire" (string)');
    expect(upstream.stats().discovery?.state).toBe('failing');
    expect(clock.pendingTimers).toBe(0);
    source.push(['a:1']);
    await settle();
    expect(upstream.stats().discovery?.state).toBe('following');
    expect(heard[2]).toBe('pushed generation 2 + -');
  });

  test('is one that ends without a list', async () => {
    const { heard, clock, ids } = setUp(
      scripted(
        () => tell(),
        () => tell(['a:1']),
      ),
    );
    await settle();
    expect(heard[0]).toBe('unavailable 1: scripted ended without a list of endpoints; again in 1000');
    clock.advance(1_000);
    await settle();
    expect(ids()).toBe('a:1');
  });
});

describe('the end', () => {
  test('of the upstream ends a source that waits, and one that is waited for', async () => {
    let isAborted = false;
    const waiting = scripted((scope) => {
      scope.onAbort(() => (isAborted = true));
      return pushEndpoints().watch(scope) as AsyncIterable<EndpointSnapshot>;
    });
    const first = setUp(waiting);
    const second = setUp(scripted(() => tellThenThrow('gone')));
    await settle();
    expect(second.clock.pendingTimers).toBe(1);
    await Promise.all([first.upstream.close(), second.upstream.close()]);
    expect(isAborted).toBe(true);
    expect(second.clock.pendingTimers).toBe(0);
  });

  test('calls return of an iterator that does not heed its scope', async () => {
    let isReturned = false;
    const deaf: EndpointSource = {
      name: 'deaf',
      watch: () => ({
        [Symbol.asyncIterator]: () => ({
          next: () => new Promise(() => {}),
          return: () => {
            isReturned = true;
            return Promise.reject(new Error('never mind'));
          },
        }),
      }),
    };
    const { upstream } = setUp(deaf);
    await settle();
    await upstream.close();
    expect(isReturned).toBe(true);
    await settle();
  });

  test('in a listener is the end: nothing is taken afterwards', async () => {
    const { upstream, ids, heard } = setUp(scripted(() => tell(['a:1'], ['b:1'])));
    upstream.on('discovery-updated', () => void upstream.close());
    await settle();
    expect(ids()).toBe('a:1');
    expect(heard).toHaveLength(1);
  });
});

test('whatever a source does, the endpoints are those of its last good list', async () => {
  const good = fc.uniqueArray(fc.constantFrom('a:1', 'b:1', 'c:1', 'd:1'), { minLength: 1 });
  const step = fc.oneof(
    { weight: 3, arbitrary: good.map((endpoints) => ({ kind: 'good' as const, endpoints })) },
    fc.constant({ kind: 'empty' as const, endpoints: [] }),
    fc.constant({ kind: 'invalid' as const, endpoints: ['a:1', 'a:1'] }),
    fc.constant({ kind: 'failure' as const }),
    fc.constant({ kind: 'throw' as const }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
      const left = [...steps];
      const source: EndpointSource = {
        name: 'random',
        async *watch() {
          for (let next = left.shift(); next !== undefined; next = left.shift()) {
            if (next.kind === 'throw') throw new Error('gone');
            yield next.kind === 'failure' ? { error: new Error('unsure') } : { endpoints: next.endpoints };
          }
        },
      };
      const { upstream, ids, clock } = setUp(source);
      for (let round = 0; round <= steps.length; round++) {
        await settle();
        clock.advance(30_000);
      }
      const last = steps.findLast(({ kind }) => kind === 'good');
      expect(ids()).toBe(last === undefined ? '' : (last as { endpoints: string[] }).endpoints.toSorted().join());
      await upstream.close();
      expect(clock.pendingTimers).toBe(0);
    }),
    { numRuns: 200 },
  );
});
