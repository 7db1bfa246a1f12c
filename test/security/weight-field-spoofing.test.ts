// Attack: who can set the field in which endpoints ask for less work takes endpoints out of rotation: a client, by sending it; an endpoint of another
// upstream, by answering with it; an endpoint that speaks for its neighbours. Impact: an outage, or all traffic on an endpoint of the attacker's.
// Guard: only responses count, only those of trusted upstreams, each only for the endpoint that sent it, and not for ever. Clients never see the field.

import { createManualClock, createUpstream } from '@sluice/core';
import { createProxy, type Middleware } from '@sluice/http';
import { expect, onTestFinished, test } from 'vitest';
import { startHttpOrigin } from '../support/http-origin.ts';

/** Two upstreams with an endpoint of the same name each, and a proxy that trusts the first. */
async function setUp(say: string) {
  const trusted = await startHttpOrigin((req, res) => res.end(req.headers['x-sluice-weight'] ?? 'nothing'));
  const stranger = await startHttpOrigin((_, res) => res.setHeader('X-Sluice-Weight', say).end('stranger'));
  const clock = createManualClock();
  const named = (address: string) => [
    { id: 'app', address },
    { id: 'other', address },
  ];
  const own = createUpstream({ endpoints: named(trusted.url), clock });
  const foreign = createUpstream({ endpoints: named(stranger.url), clock });
  const choose: Middleware = (exchange, next) => {
    if (exchange.request.target === '/foreign') exchange.upstream = foreign;
    return next();
  };
  const proxy = createProxy({ upstream: own, middleware: [choose], weightFeedback: true });
  onTestFinished(async () => {
    await proxy.close();
    await Promise.all([own.close(), foreign.close()]);
  });
  const { url } = await proxy.listen(0);
  const states = (): string[] =>
    [own, foreign].flatMap((upstream) =>
      upstream.stats().endpoints.map(({ state, currentWeight }) => `${state} ${currentWeight}`),
    );
  return { url, states };
}

const untouched = Array.from({ length: 4 }, () => 'available 1');

test('a client that sends the field changes nothing', async () => {
  const { url, states } = await setUp('drain');
  const response = await fetch(url, { headers: { 'X-Sluice-Weight': 'drain' } });
  expect([await response.text(), response.headers.has('X-Sluice-Weight')]).toEqual(['drain', false]);
  expect(states()).toEqual(untouched);
});

test.each(['drain', '1%', '0', '100', '-1', '1e3%', 'drain, 100%', '9'.repeat(1000)])(
  'an upstream that is not trusted says %s in vain, and it goes no further',
  async (say) => {
    const { url, states } = await setUp(say);
    const response = await fetch(`${url}/foreign`);
    expect([await response.text(), response.headers.has('X-Sluice-Weight')]).toEqual(['stranger', false]);
    expect(states()).toEqual(untouched);
  },
);
