// What happens when an upstream as a whole can not answer: another upstream, or an answer of our own.

import { createUpstream, type Upstream } from '@sluice/core';
import { createResponse, fallback } from '@sluice/http';
import { describe, expect, onTestFinished, test } from 'vitest';
import { fronts } from '../support/fronts.ts';
import { startHttpOrigin } from '../support/http-origin.ts';
import { connectRaw, exchangeRaw } from '../support/raw-client.ts';
import { startScriptedOrigin } from '../support/scripted-origin.ts';

const get = 'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n';
const put = 'PUT / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello';
const post = put.replace('PUT', 'POST');

/** An origin that says what it was sent. */
async function startEcho(name: string, status = 200): Promise<string> {
  const { url } = await startHttpOrigin((req, res) => {
    let body = '';
    req.setEncoding('latin1').on('data', (text: string) => (body += text));
    req.on('end', () => {
      res.statusCode = status;
      res.end(`${name} got ${body}`);
    });
  });
  return url;
}

function startUpstream(...endpoints: string[]): Upstream {
  const upstream = createUpstream({ endpoints, health: { maxFails: 0 } });
  onTestFinished(() => upstream.close());
  return upstream;
}

/** An address at which nobody listens. */
async function deadAddress(): Promise<string> {
  const origin = await startScriptedOrigin();
  await origin.close();
  return origin.url;
}

describe.each(fronts)('$name', (front) => {
  test('another upstream answers when nobody can be connected, whatever the method', async () => {
    const spare = startUpstream(await startEcho('spare'));
    const { port, proxy } = await front.start({ to: await deadAddress(), middleware: [fallback({ upstream: spare })] });
    expect(await exchangeRaw(port, get)).toMatch(/^HTTP\/1\.1 200 [^]*spare got $/);
    expect(await exchangeRaw(port, put)).toMatch(/^HTTP\/1\.1 200 [^]*spare got hello$/);
    expect(await exchangeRaw(port, post)).toMatch(/^HTTP\/1\.1 200 [^]*spare got hello$/);
    expect([proxy.stats().upstream.inFlight, spare.stats().inFlight]).toEqual([0, 0]);
  });

  test('it answers when there is no endpoint at all', async () => {
    const empty = startUpstream(await deadAddress());
    empty.update([]);
    const spare = startUpstream(await startEcho('spare'));
    const { port } = await front.start({
      upstream: empty,
      middleware: [fallback({ upstream: spare, on: ['no-endpoint'] })],
    });
    expect(await exchangeRaw(port, post)).toMatch(/spare got hello$/);
  });

  test('what has reached an endpoint goes elsewhere only when it may be repeated', async () => {
    const dying = await startScriptedOrigin();
    const spare = startUpstream(await startEcho('spare'));
    const { port } = await front.start({ to: dying.url, middleware: [fallback({ upstream: spare })] });
    const die = async (): Promise<void> => {
      const connection = await dying.accept();
      await connection.until(/hello$/);
      connection.socket.resetAndDestroy();
    };
    const [repeated] = await Promise.all([exchangeRaw(port, put), die()]);
    expect(repeated).toMatch(/^HTTP\/1\.1 200 [^]*spare got hello$/);
    const [refused] = await Promise.all([exchangeRaw(port, post), die()]);
    expect(refused).toMatch(/^HTTP\/1\.1 502 [^]*SLUICE_SEND_FAILED/);
  });

  test('an answer from the list is given up for that of another upstream, and kept when there is none', async () => {
    const to = await startEcho('first', 503);
    const good = startUpstream(await startEcho('spare'));
    const dead = startUpstream(await deadAddress());
    const start = (upstream: Upstream) => front.start({ to, middleware: [fallback({ upstream, statuses: [503] })] });
    const better = await start(good);
    expect(await exchangeRaw(better.port, put)).toMatch(/^HTTP\/1\.1 200 [^]*spare got hello$/);
    expect(await exchangeRaw(better.port, post)).toMatch(/^HTTP\/1\.1 503 [^]*first got hello$/);
    const kept = await start(dead);
    expect(await exchangeRaw(kept.port, get)).toMatch(/^HTTP\/1\.1 503 [^]*first got $/);
    for (const { proxy } of [better, kept]) expect(proxy.stats().upstream.inFlight).toBe(0);
  });

  test('an answer of our own is for every request, also for those that have reached an endpoint', async () => {
    const dying = await startScriptedOrigin();
    const { port } = await front.start({
      to: dying.url,
      middleware: [
        fallback({
          response: ({ request }, error) => createResponse({ status: 200, body: `${request.method}: ${error.code}` }),
        }),
      ],
    });
    const [answer] = await Promise.all([
      exchangeRaw(port, post),
      dying.accept().then(async (connection) => {
        await connection.until(/hello$/);
        connection.socket.resetAndDestroy();
      }),
    ]);
    expect(answer).toMatch(/^HTTP\/1\.1 200 [^]*POST: SLUICE_SEND_FAILED$/);
  });

  test('a fixed answer is given again and again', async () => {
    const response = { status: 503, headers: { 'X-From': 'us' }, body: 'sorry' };
    const { port } = await front.start({ to: await deadAddress(), middleware: [fallback({ response })] });
    for (let count = 0; count < 2; count++)
      expect(await exchangeRaw(port, get)).toMatch(/^HTTP\/1\.1 503 [^]*x-from: us\r\n[^]*sorry$/i);
  });

  test('what is not asked for is passed on as it is', async () => {
    const response = { body: 'sorry' };
    const { port } = await front.start({
      to: await deadAddress(),
      middleware: [fallback({ response, on: ['overloaded'] })],
    });
    expect(await exchangeRaw(port, get)).toMatch(/^HTTP\/1\.1 502 [^]*SLUICE_CONNECT_REFUSED/);
  });

  test('fallbacks make a chain, and end: each upstream is asked once', async () => {
    const dead = [startUpstream(await deadAddress()), startUpstream(await deadAddress())] as const;
    const { port, proxy } = await front.start({
      upstream: dead[0],
      middleware: [
        fallback({ response: { status: 200, body: 'at last' } }),
        fallback({ upstream: dead[0] }),
        fallback({ upstream: dead[1] }),
      ],
    });
    const failures: string[] = [];
    proxy.on('attempt-failed', ({ endpointId }) => failures.push(endpointId));
    expect(await exchangeRaw(port, get)).toMatch(/at last$/);
    expect(failures.length).toBeLessThanOrEqual(4);
    expect(dead.map((upstream) => upstream.stats().inFlight)).toEqual([0, 0]);
  });

  test('a client that has left gets nobody else asked', async () => {
    const silent = await startScriptedOrigin();
    const spare = startUpstream(await startEcho('spare'));
    const { port, proxy } = await front.start({ to: silent.url, middleware: [fallback({ upstream: spare })] });
    const client = await connectRaw(port);
    client.send(get);
    const connection = await silent.accept();
    await connection.until(/\r\n\r\n/);
    client.socket.resetAndDestroy();
    await connection.untilClosed();
    await proxy.drain();
    expect(spare.stats().endpoints.map(({ acquired }) => acquired)).toEqual([0]);
  });
});
