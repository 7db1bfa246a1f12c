// What every source of endpoints does, whatever it reads.

import {
  createAbortScope,
  createUpstream,
  type EndpointSnapshot,
  type EndpointSource,
  type SourceFailure,
  type Upstream,
} from '@sluice/core';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { expectNoResourcesLeft } from './active-resources.ts';

/** A source, with the world that it reads. */
export interface SourceSetup {
  readonly source: EndpointSource;
  /** What it tells first, as ids in their order. */
  readonly first: string;
  /** Changes the world, if it can change. */
  readonly change?: () => unknown;
  /** What it tells then. */
  readonly second?: string;
  /** Makes the world such that the source can tell nothing. */
  readonly fail?: () => unknown;
  /** Puts it right, with the second list. */
  readonly mend?: () => unknown;
}

type News = EndpointSnapshot | SourceFailure;

/** Watches by hand. */
function watch(source: EndpointSource): { next: () => Promise<IteratorResult<News>>; abort: () => void } {
  const scope = createAbortScope();
  const iterator = source.watch(scope)[Symbol.asyncIterator]();
  const abort = (): void => scope.abort(new Error('nobody listens any more'));
  onTestFinished(abort);
  return { next: () => iterator.next(), abort };
}

function idsOf(news: News | undefined): string {
  if (news === undefined || !('endpoints' in news)) return 'a failure';
  const ids = createUpstream({ endpoints: news.endpoints }).endpointSet.endpoints.map(({ id }) => id);
  return ids.toSorted().join(' ');
}

function follow(source: EndpointSource): { upstream: Upstream; ids: () => string } {
  const upstream = createUpstream({ endpoints: source, discovery: { retryMs: 20, maxRetryMs: 20 } });
  onTestFinished(() => upstream.close());
  return { upstream, ids: () => upstream.endpointSet.endpoints.map(({ id }) => id).join(' ') };
}

/** Long enough for a busy machine. */
const patience = { timeout: 15_000, interval: 10 };

/**
 * Runs the suite.
 *
 * @param setUp - Makes a world of its own for each test.
 * @param canFail - Whether its world can change at all.
 */
export function describeEndpointSource(
  name: string,
  setUp: () => SourceSetup | Promise<SourceSetup>,
  canFail = true,
): void {
  describe(`source of endpoints: ${name}`, () => {
    test('tells first what there is, in a form that an upstream takes', async () => {
      const { source, first } = await setUp();
      expect(source.name).not.toBe('');
      expect(idsOf((await watch(source).next()).value as News)).toBe(first);
    });

    test('tells nothing in a scope that is over', async () => {
      const { source } = await setUp();
      const { next, abort } = watch(source);
      abort();
      expect((await next()).done).toBe(true);
    });

    test('ends with its scope while it waits, and leaves nothing', async () => {
      const { source } = await setUp();
      expectNoResourcesLeft();
      const { next, abort } = watch(source);
      await next();
      const last = next();
      abort();
      expect((await last).done).toBe(true);
    });

    test('ends with its scope while it asks, and leaves nothing', async () => {
      const { source } = await setUp();
      expectNoResourcesLeft();
      const { next, abort } = watch(source);
      const first = next();
      abort();
      // What it had at hand already may still come.
      expect((await first).done === true || (await next()).done).toBe(true);
    });

    test('is ended by the upstream that follows it, which leaves nothing', async () => {
      const { source, first } = await setUp();
      expectNoResourcesLeft();
      const { upstream, ids } = follow(source);
      await upstream.ready();
      expect(ids()).toBe(first);
      await upstream.close();
    });

    test('may be watched twice at once, each watch by itself', async () => {
      const { source, first, change, second } = await setUp();
      const [one, other] = [follow(source), follow(source)];
      await Promise.all([one.upstream.ready(), other.upstream.ready()]);
      await one.upstream.close();
      await change?.();
      await vi.waitFor(() => expect(other.ids()).toBe(second ?? first), patience);
      expect(one.ids()).toBe(first);
    });

    test.runIf(canFail)('tells changes, and keeps the last list while it can tell nothing', async () => {
      const { source, first, second, fail, mend } = await setUp();
      const { upstream, ids } = follow(source);
      const lists: string[] = [];
      let failures = 0;
      upstream.on('endpoints-updated', () => lists.push(ids()));
      upstream.on('discovery-failed', () => failures++);
      await upstream.ready();
      await fail?.();
      await vi.waitFor(() => expect(failures).toBeGreaterThan(0), patience);
      expect(ids()).toBe(first);
      expect(upstream.stats().discovery).toMatchObject({ state: 'failing', reason: expect.any(String) });
      await mend?.();
      await vi.waitFor(() => expect(ids()).toBe(second), patience);
      await vi.waitFor(() => expect(upstream.stats().discovery?.state).toBe('following'), patience);
      expect(lists).toEqual([first, second]);
    });
  });
}
