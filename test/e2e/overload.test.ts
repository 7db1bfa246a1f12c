// What clients see when endpoints can do no more: answers at once, with the time to come back, and nobody who waits for ever.

import { createManualClock } from '@sluice/core';
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { describe, expect, test, vi } from 'vitest';
import { fronts } from '../support/fronts.ts';
import { startHttpOrigin } from '../support/http-origin.ts';

describe.each(fronts)('$name', ({ start }) => {
  test('an open circuit answers at once with the time to come back, and closes when the origin is well again', async () => {
    const clock = createManualClock();
    let status = 500;
    let asked = 0;
    const origin = await startHttpOrigin((_req, res) => {
      asked++;
      res.writeHead(status).end();
    });
    const { url, proxy } = await start({
      upstream: {
        endpoints: [origin.url],
        health: false,
        clock,
        breaker: {
          scope: 'upstream',
          minVolume: 5,
          failureRatio: 0.5,
          openMs: 10_000,
          openJitterPercent: 0,
          halfOpenProbes: 1,
        },
      },
      failureStatuses: ['500-599'],
    });
    for (let count = 0; count < 5; count++) expect((await fetch(url)).status).toBe(500);
    const refused = await fetch(url);
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '10']);
    expect(await refused.text()).toContain('SLUICE_CIRCUIT_OPEN');
    expect(asked).toBe(5);
    status = 200;
    clock.advance(10_000);
    expect((await fetch(url)).status).toBe(200);
    await vi.waitFor(() => expect(proxy.upstream.stats().circuit?.state).toBe('closed'));
    expect((await fetch(url)).status).toBe(200);
  });

  test('the queue is bounded: those who do not fit are told so, those who wait are served, and those who leave free their place', async () => {
    const held: ServerResponse[] = [];
    const origin = await startHttpOrigin((_req, res) => held.push(res));
    const { url, proxy } = await start({
      upstream: { endpoints: [origin.url], limits: { maxInFlight: 1, maxQueued: 1 } },
    });
    const queued = (): number => proxy.upstream.stats().queued;
    const first = fetch(url);
    await vi.waitFor(() => expect(held).toHaveLength(1));
    const leaving = new AbortController();
    const left = fetch(url, { signal: leaving.signal });
    await vi.waitFor(() => expect(queued()).toBe(1));
    const refused = await fetch(url);
    expect([refused.status, refused.headers.has('retry-after')]).toEqual([503, true]);
    expect(await refused.text()).toContain('SLUICE_QUEUE_FULL');
    leaving.abort();
    await expect(left).rejects.toThrow('aborted');
    await vi.waitFor(() => expect(queued()).toBe(0));
    const next = fetch(url);
    await vi.waitFor(() => expect(queued()).toBe(1));
    held[0]?.end('first');
    expect(await (await first).text()).toBe('first');
    await vi.waitFor(() => expect(held).toHaveLength(2));
    held[1]?.end('next');
    expect(await (await next).text()).toBe('next');
  });

  test('those who wait are sent away when the proxy closes', async () => {
    const origin = await startHttpOrigin(() => {});
    const { url, proxy } = await start({ upstream: { endpoints: [origin.url], limits: { maxInFlight: 1 } } });
    const asked = once(origin.server, 'request');
    const cut = fetch(url).then((response) => response.status);
    await asked;
    const waiting = fetch(url).then((response) => response.status);
    await vi.waitFor(() => expect(proxy.upstream.stats().queued).toBe(1));
    await proxy.close();
    expect(await Promise.all([cut, waiting])).toEqual([503, 503]);
    expect(proxy.stats().exchangesOpen).toBe(0);
  });
});
