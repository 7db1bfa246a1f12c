// Outlier detection through a real proxy: endpoints that answer, but badly or slowly, lose their traffic and get it back when they have mended.

import type { IncomingMessage, ServerResponse } from 'node:http';
import { createManualClock, createUpstream, type HealthOptions, type Upstream } from '@sluice/core';
import { createProxy, type ProxyOptions } from '@sluice/http';
import { createTcpProxy } from '@sluice/l4';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { expectNoResourcesLeft } from '../support/active-resources.ts';
import { startHttpOrigin, type HttpOrigin } from '../support/http-origin.ts';
import { startRawServer, whenClosed } from '../support/raw-server.ts';
import { connect } from 'node:net';
import { once } from 'node:events';

beforeEach(expectNoResourcesLeft);

type Listener = (req: IncomingMessage, res: ServerResponse) => unknown;

/** A proxy in front of origins that behave as told; time for ejections stands still until it is moved. */
async function setUp(listeners: readonly Listener[], health: HealthOptions, options: Partial<ProxyOptions> = {}) {
  const origins: HttpOrigin[] = [];
  for (const listener of listeners) origins.push(await startHttpOrigin(listener));
  const clock = createManualClock();
  const upstream: Upstream = createUpstream({
    endpoints: origins.map(({ url }, index) => ({ address: url, id: String.fromCharCode(97 + index) })),
    health,
    clock,
    random: () => 0,
  });
  const proxy = createProxy({ upstream, clock, ...options });
  onTestFinished(async () => {
    await proxy.close();
    await upstream.close();
  });
  const { url } = await proxy.listen(0);
  const heard: string[] = [];
  upstream.on('endpoint-ejected', ({ endpoint, detector, reason }) =>
    heard.push(`${endpoint.id} ${detector}: ${reason}`),
  );
  upstream.on('endpoint-recovered', ({ endpoint }) => heard.push(`${endpoint.id} back`));
  const request = async (times: number): Promise<number[]> => {
    const statuses: number[] = [];
    for (let time = 0; time < times; time++) {
      const response = await fetch(url);
      await response.text();
      statuses.push(response.status);
    }
    return statuses;
  };
  return { upstream, clock, heard, request, proxy, url };
}

const fine: Listener = (_, res) => res.end('fine');

describe('an origin that answers 503', () => {
  test('loses its traffic after so many in a row, and has it back after a trial', async () => {
    let isBroken = true;
    const flaky: Listener = (_, res) => {
      res.statusCode = isBroken ? 503 : 200;
      res.end();
    };
    const { clock, heard, request } = await setUp([flaky, fine], {
      outliers: { consecutiveFailures: 3, baseEjectionMs: 1000 },
    });
    const statuses = await request(20);
    expect(statuses.filter((status) => status === 503)).toHaveLength(3);
    expect(heard).toEqual(['a consecutive-failures: 3 failures in a row: status 503']);
    isBroken = false;
    clock.advance(1000);
    expect(new Set(await request(10))).toEqual(new Set([200]));
    expect(heard.at(-1)).toBe('a back');
  });

  test('keeps it when nobody looks for outliers, or that status is no failure', async () => {
    const busy: Listener = (_, res) => res.writeHead(503).end();
    const without = await setUp([busy, fine], {});
    expect((await without.request(10)).filter((status) => status === 503)).toHaveLength(5);
    expect(without.upstream.stats().endpoints).toMatchObject([
      { failed: 5, ok: 0 },
      { failed: 0, ok: 5 },
    ]);
    const tolerant = await setUp(
      [busy, fine],
      { outliers: { consecutiveFailures: 1 } },
      { failureStatuses: ['500-502'] },
    );
    expect((await tolerant.request(10)).filter((status) => status === 503)).toHaveLength(5);
    expect(tolerant.heard).toEqual([]);
  });
});

describe('an origin that is worse than the others', () => {
  test('is found by its share of failures', async () => {
    let count = 0;
    const half: Listener = (_, res) => {
      res.statusCode = count++ % 2 === 0 ? 502 : 200;
      res.end();
    };
    const outliers = { failurePercentage: { minRequests: 10 }, intervalMs: 1000 };
    const { clock, heard, request } = await setUp([half, fine, fine], { outliers });
    await request(30);
    clock.advance(1000);
    expect(heard).toEqual(['a failure-percentage: 50 % of 10 requests failed']);
    expect(new Set(await request(10))).toEqual(new Set([200]));
  });

  test('is found by its latency, which is measured to the head of the response', async () => {
    const outliers = { latency: { minRequests: 2, minExcessMs: 500 }, intervalMs: 60_000 };
    const clockOfOrigin: { slow: () => void } = { slow: () => {} };
    const slow: Listener = (_, res) => {
      // The clock that measures is the test's: it moves while this one thinks.
      clockOfOrigin.slow();
      res.end();
    };
    const { clock, heard, request } = await setUp([slow, fine, fine], { outliers });
    clockOfOrigin.slow = () => clock.advance(1000);
    await request(9);
    clock.advance(60_000);
    expect(heard).toEqual([expect.stringMatching(/^a latency: took 1\d\d\d ms where 0 ms is usual$/)]);
  });
});

test('a session of layer 4 counts as soon as it is connected, so that a trial need not wait for its end', async () => {
  const servers = [await startRawServer(), await startRawServer()];
  const clock = createManualClock();
  const upstream = createUpstream({
    endpoints: servers.map(({ port }, index) => ({ id: String(index), address: `127.0.0.1:${port}` })),
    health: { failTimeoutMs: 1000 },
    clock,
  });
  const lease = await upstream.acquire();
  lease.release({ result: 'failed' });
  clock.advance(1000);
  const proxy = createTcpProxy({ upstream });
  onTestFinished(async () => {
    await proxy.close();
    await upstream.close();
  });
  const { port } = await proxy.listen(0);
  const recovered = new Promise(
    (resolve) => void upstream.on('endpoint-recovered', ({ endpoint }) => resolve(endpoint.id)),
  );
  const clients = [connect(port, '127.0.0.1'), connect(port, '127.0.0.1')];
  for (const client of clients) await once(client, 'connect');
  expect(await recovered).toBe(lease.endpoint.id);
  expect(upstream.stats().inFlight).toBeGreaterThan(0);
  for (const client of clients) client.destroy();
  await Promise.all(clients.map(whenClosed));
});
