// Endpoints that ask for less work in a field of their responses, through a real proxy: they get less, clients never see the field.

import type { IncomingMessage, ServerResponse } from 'node:http';
import { createManualClock, createUpstream } from '@sluice/core';
import { createProxy, type ProxyOptions } from '@sluice/http';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { expectNoResourcesLeft } from '../support/active-resources.ts';
import { startHttpOrigin } from '../support/http-origin.ts';

beforeEach(expectNoResourcesLeft);

/** Two origins, of which the first says this of its weight, behind a proxy. */
async function setUp(say: () => string | undefined, weightFeedback: ProxyOptions['weightFeedback']) {
  const answer = (name: string, weight: () => string | undefined) => (_: IncomingMessage, res: ServerResponse) => {
    const value = weight();
    if (value !== undefined) res.setHeader('X-Sluice-Weight', value);
    res.end(name);
  };
  const origins = [await startHttpOrigin(answer('a', say)), await startHttpOrigin(answer('b', () => undefined))];
  const clock = createManualClock();
  const upstream = createUpstream({ endpoints: origins.map(({ url }) => url), clock });
  const proxy = createProxy({ upstream, ...(weightFeedback !== undefined && { weightFeedback }) });
  onTestFinished(async () => {
    await proxy.close();
    await upstream.close();
  });
  const { url } = await proxy.listen(0);
  const request = async (times: number): Promise<string> => {
    const names: string[] = [];
    for (let time = 0; time < times; time++) {
      const response = await fetch(url);
      const seen = response.headers.get('X-Sluice-Weight');
      names.push(seen === null ? await response.text() : `${await response.text()} says ${seen}`);
    }
    return `${names.filter((name) => name === 'a').length} ${names.filter((name) => name === 'b').length}`;
  };
  return { upstream, clock, request, url };
}

test('half of the weight is a third of the work, as long as it is asked for', async () => {
  let weight: string | undefined = '50%';
  const { request, clock, upstream } = await setUp(() => weight, true);
  await request(2);
  expect(await request(30)).toBe('10 20');
  expect(upstream.stats().endpoints[0]?.explanation).toBe('available: 50 % of its weight, X-Sluice-Weight: 50%');
  weight = undefined;
  await request(3);
  clock.advance(30_000);
  expect(await request(30)).toBe('15 15');
});

test('an endpoint that drains gets nothing until its time is over', async () => {
  let weight = 'drain';
  const { request, clock, upstream } = await setUp(() => weight, { holdMs: 1000 });
  await request(2);
  expect([await request(10), upstream.stats().endpoints[0]?.state]).toEqual(['0 10', 'draining']);
  weight = 'up';
  clock.advance(1000);
  expect(await request(10)).toBe('5 5');
});

test('without the option, it is a field like any other', async () => {
  const { url, upstream } = await setUp(() => 'drain', undefined);
  const said = [await fetch(url), await fetch(url)].map(({ headers }) => headers.get('X-Sluice-Weight'));
  expect(said).toEqual(['drain', null]);
  expect(upstream.stats().endpoints[0]?.state).toBe('available');
});
