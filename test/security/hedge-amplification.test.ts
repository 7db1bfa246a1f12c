// Attack: clients ask for what is slow, so that each of their requests costs the endpoints two.
// Impact: a proxy that hedges doubles the load of those who are overloaded already, by their own slowness.
// Guard: hedges come out of the retry budget, which is a share of the requests; and what a hedge overtakes is cancelled.

import { createRetryPolicy } from '@sluice/http';
import { describe, expect, test } from 'vitest';
import { fronts } from '../support/fronts.ts';
import { startHttpOrigin } from '../support/http-origin.ts';
import { exchangeRaw } from '../support/raw-client.ts';

const get = 'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n';
const post = 'POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 0\r\nIdempotency-Key: 1\r\n\r\n';

/** Two origins that answer late, and how often they were asked. */
async function startSlowPair() {
  const counts = { asked: 0 };
  const late = async (): Promise<string> => {
    const origin = await startHttpOrigin((_, res) => {
      counts.asked++;
      setTimeout(() => res.end('late'), 60);
    });
    return origin.url;
  };
  return { endpoints: [await late(), await late()], counts };
}

describe.each(fronts)('$name', (front) => {
  test('slow requests cost the endpoints their number and the budget, not twice as many', async () => {
    const { endpoints, counts } = await startSlowPair();
    const retry = { hedge: { afterMs: 10 }, budget: { ratio: 0.1, minPerSecond: 0 } };
    const { port, proxy } = await front.start({ upstream: { endpoints, health: false }, retry });
    const answers = await Promise.all(Array.from({ length: 40 }, () => exchangeRaw(port, get)));
    for (const answer of answers) expect(answer).toMatch(/^HTTP\/1\.1 200 /);
    expect(counts.asked).toBeLessThanOrEqual(40 + 4);
    expect(proxy.stats().retry.refused).toBeGreaterThan(0);
  });

  test('a client can not have a request hedged that changes something, whatever it says of it', async () => {
    const { endpoints, counts } = await startSlowPair();
    const policy = createRetryPolicy({ hedge: { afterMs: 10 }, budget: false });
    const { port } = await front.start({
      upstream: { endpoints, health: false },
      middleware: [
        (exchange, next) => {
          exchange.retry = policy;
          return next();
        },
      ],
    });
    expect(await exchangeRaw(port, post)).toMatch(/^HTTP\/1\.1 200 /);
    expect([counts.asked, policy.stats().hedges]).toEqual([1, 0]);
    expect(await exchangeRaw(port, get)).toMatch(/^HTTP\/1\.1 200 /);
    expect(policy.stats().hedges).toBe(1);
  });
});
