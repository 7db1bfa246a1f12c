// Retries that have to be asked for: on statuses, after timeouts, of bodies that have flowed, after a refusal before the body; and their budget.

import { createRetryPolicy } from '@sluice/http';
import { describe, expect, test } from 'vitest';
import { fronts } from '../support/fronts.ts';
import { startHttpOrigin } from '../support/http-origin.ts';
import { connectRaw, exchangeRaw } from '../support/raw-client.ts';
import { startScriptedOrigin } from '../support/scripted-origin.ts';

const get = 'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n';
const put = 'PUT / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello';
const post = put.replace('PUT', 'POST');

/** First the origins at the beginning, as long as they have not failed. */
const inOrder = { balancer: 'first-available', health: { maxFails: 0 } } as const;

/** An origin that answers with a status, and tells what it was asked. */
async function startStatusOrigin(status: number, fields: Record<string, string> = {}) {
  const bodies: string[] = [];
  const origin = await startHttpOrigin((req, res) => {
    let body = '';
    req.setEncoding('latin1').on('data', (text: string) => (body += text));
    req.on('end', () => {
      bodies.push(body);
      res.writeHead(status, fields).end(`status ${status}`);
    });
  });
  return { url: origin.url, bodies };
}

describe.each(fronts)('$name', (front) => {
  test('an answer from the list is not better than that of another endpoint', async () => {
    const bad = await startStatusOrigin(503);
    const good = await startStatusOrigin(200);
    const upstream = { ...inOrder, endpoints: [bad.url, good.url] };
    const asked = await front.start({ upstream, retry: { statuses: ['502-504'] } });
    expect(await exchangeRaw(asked.port, get)).toMatch(/^HTTP\/1\.1 200 [^]*status 200/);
    expect(await exchangeRaw(asked.port, post)).toMatch(/^HTTP\/1\.1 503 [^]*status 503/);
    const unasked = await front.start({ upstream });
    expect(await exchangeRaw(unasked.port, get)).toMatch(/^HTTP\/1\.1 503 [^]*status 503/);
  });

  test('when no other endpoint is left, the answer is passed on as it is', async () => {
    const bad = await startStatusOrigin(503, { 'X-From': 'first' });
    const worse = await startStatusOrigin(500);
    const { port, proxy } = await front.start({
      upstream: { ...inOrder, endpoints: [worse.url, bad.url] },
      retry: { statuses: ['5xx'], maxAttempts: 5 },
    });
    const failures: string[] = [];
    proxy.on('attempt-failed', ({ error }) => failures.push(error.code));
    expect(await exchangeRaw(port, get)).toMatch(/^HTTP\/1\.1 503 [^]*x-from: first[^]*status 503/i);
    expect(failures).toEqual(['SLUICE_STATUS_REFUSED']);
    expect(proxy.stats().upstream.inFlight).toBe(0);
  });

  test('a body that has flowed is sent again from its start', async () => {
    const bad = await startStatusOrigin(503);
    const good = await startStatusOrigin(200);
    const { port } = await front.start({
      upstream: { ...inOrder, endpoints: [bad.url, good.url] },
      retry: { statuses: [503] },
    });
    expect(await exchangeRaw(port, put)).toMatch(/^HTTP\/1\.1 200 /);
    const chunked = put.replace(
      'Content-Length: 5\r\n\r\nhello',
      'Transfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n',
    );
    expect(await exchangeRaw(port, chunked)).toMatch(/^HTTP\/1\.1 200 /);
    const keyed = post.replace('Host: a', 'Host: a\r\nIdempotency-Key: "1"');
    expect(await exchangeRaw(port, keyed)).toMatch(/^HTTP\/1\.1 200 /);
    expect([bad.bodies, good.bodies]).toEqual([
      ['hello', 'hello', 'hello'],
      ['hello', 'hello', 'hello'],
    ]);
  });

  test('a body past the limit is not, and its answer is passed on', async () => {
    const bad = await startStatusOrigin(503);
    const good = await startStatusOrigin(200);
    const { port } = await front.start({
      upstream: { ...inOrder, endpoints: [bad.url, good.url] },
      retry: { statuses: [503], maxReplayBytes: 4 },
    });
    expect(await exchangeRaw(port, put)).toMatch(/^HTTP\/1\.1 503 /);
    expect(good.bodies).toEqual([]);
  });

  test('an endpoint that dies in the middle of a body leaves it for another one', async () => {
    const dying = await startScriptedOrigin();
    const good = await startStatusOrigin(200);
    const { port } = await front.start({
      upstream: { ...inOrder, endpoints: [dying.url, good.url] },
      retry: { on: ['connect', 'unanswered'] },
    });
    const client = await connectRaw(port);
    client.send('PUT / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 10\r\n\r\nhello');
    const connection = await dying.accept();
    await connection.until(/hello$/);
    connection.socket.resetAndDestroy();
    client.send('world');
    expect(await client.untilClosed()).toMatch(/^HTTP\/1\.1 200 /);
    expect(good.bodies).toEqual(['helloworld']);
  });

  test('an endpoint that is silent for too long is left for another one', async () => {
    const silent = await startScriptedOrigin();
    const good = await startStatusOrigin(200);
    const { port } = await front.start({
      upstream: { ...inOrder, endpoints: [silent.url, good.url] },
      retry: { on: ['timeout'], perTryTimeoutMs: 100 },
    });
    expect(await exchangeRaw(port, get)).toMatch(/^HTTP\/1\.1 200 /);
    expect(await exchangeRaw(port, post)).toMatch(/^HTTP\/1\.1 504 [^]*SLUICE_RESPONSE_TIMEOUT/);
  });

  test.each([
    ['417', 'Content-Length: 5\r\n\r\n', 'hello'],
    ['503', 'Transfer-Encoding: chunked\r\n\r\n', '5\r\nhello\r\n0\r\n\r\n'],
  ])('%s before the body was sent goes to another endpoint, whatever the method', async (status, framing, body) => {
    const refusing = await startScriptedOrigin();
    const good = await startStatusOrigin(200);
    const { port } = await front.start({
      upstream: { ...inOrder, endpoints: [refusing.url, good.url] },
      retry: { on: ['refused'] },
    });
    const client = await connectRaw(port);
    client.send(`POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nExpect: 100-continue\r\n${framing}`);
    const connection = await refusing.accept();
    await connection.until(/\r\n\r\n$/);
    connection.socket.write(`HTTP/1.1 ${status} No\r\nContent-Length: 0\r\n\r\n`);
    expect(await client.until(/\r\n\r\n/)).toMatch(/^HTTP\/1\.1 100 Continue/);
    client.send(body);
    expect(await client.untilClosed()).toMatch(/HTTP\/1\.1 200 /);
    expect(good.bodies).toEqual(['hello']);
  });

  test('Retry-After is seconds: what is too far away is passed on', async () => {
    const busy = await startStatusOrigin(503, { 'Retry-After': '2' });
    const good = await startStatusOrigin(200);
    const { port } = await front.start({
      upstream: { ...inOrder, endpoints: [busy.url, good.url] },
      retry: { statuses: [503], maxRetryAfterMs: 1000 },
    });
    expect(await exchangeRaw(port, get)).toMatch(/^HTTP\/1\.1 503 [^]*retry-after: 2/i);
  });

  test('a total outage costs the budget and no more', async () => {
    const bad = [await startStatusOrigin(503), await startStatusOrigin(503)];
    const { port } = await front.start({
      upstream: { endpoints: bad.map(({ url }) => url), health: false },
      retry: { statuses: [503], backoff: false, budget: { ratio: 0.2, minPerSecond: 0 } },
    });
    for (let request = 0; request < 50; request++) expect(await exchangeRaw(port, get)).toMatch(/^HTTP\/1\.1 503 /);
    const asked = bad.reduce((sum, { bodies }) => sum + bodies.length, 0);
    expect(asked).toBe(50 + 10);
  });

  test('a route brings its own policy, with its own budget', async () => {
    const bad = await startStatusOrigin(503);
    const good = await startStatusOrigin(200);
    const route = createRetryPolicy({ statuses: [503], budget: { ratio: 0, minPerSecond: 0.1 } });
    const { port, proxy } = await front.start({
      upstream: { ...inOrder, endpoints: [bad.url, good.url] },
      middleware: [
        (exchange, next) => {
          if (exchange.request.target === '/route') exchange.retry = route;
          return next();
        },
      ],
    });
    const toRoute = get.replace('/', '/route');
    expect(await exchangeRaw(port, get)).toMatch(/^HTTP\/1\.1 503 /);
    expect(await exchangeRaw(port, toRoute)).toMatch(/^HTTP\/1\.1 200 /);
    expect(await exchangeRaw(port, toRoute)).toMatch(/^HTTP\/1\.1 503 /);
    expect(route.stats()).toMatchObject({ requests: 2, granted: 1, refused: 1 });
    expect(proxy.stats().retry).toMatchObject({ requests: 1, granted: 0, refused: 0 });
  });
});
