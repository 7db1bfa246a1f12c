// What is tried again, where, and what is not.

import { createSeededRandom } from '@sluice/core';
import { describe, expect, test } from 'vitest';
import { fronts } from '../support/fronts.ts';
import { startHttpOrigin } from '../support/http-origin.ts';
import { connectRaw, exchangeRaw } from '../support/raw-client.ts';
import { startScriptedOrigin } from '../support/scripted-origin.ts';

const get = 'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n';
const post = 'POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 2\r\n\r\nhi';

/** Addresses where nobody is. The port of an origin that has closed would do only until another test's server gets it. */
function goneAddresses(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `http://127.0.0.${index + 1}:1`);
}

describe.each(fronts)('$name', (front) => {
  test('a connect failure goes to another endpoint, whatever the method', async () => {
    const origin = await startHttpOrigin((req, res) => req.resume().on('end', () => res.end('alive')));
    const { port, proxy } = await front.start({ to: [...goneAddresses(1), origin.url] });
    const failures: string[] = [];
    proxy.on('attempt-failed', ({ error }) => failures.push(error.code));
    expect(await exchangeRaw(port, post)).toMatch(/alive$/);
    expect(failures).toEqual(['SLUICE_CONNECT_REFUSED']);
  });

  test('never the same endpoint twice, and no more than maxAttempts', async () => {
    const gone = goneAddresses(4);
    const { port, proxy } = await front.start({ to: gone, retry: { maxAttempts: 3 } });
    const tried: string[] = [];
    proxy.on('attempt-failed', ({ endpointId }) => tried.push(endpointId));
    expect(await exchangeRaw(port, get)).toMatch(/^HTTP\/1\.1 502 [^]*SLUICE_CONNECT_REFUSED/);
    expect(new Set(tried).size).toBe(3);
  });

  test('when every endpoint has refused, the answer says so and not that there is none', async () => {
    const { port } = await front.start({ to: goneAddresses(2), retry: { maxAttempts: 10 } });
    expect(await exchangeRaw(port, get)).toMatch(/^HTTP\/1\.1 502 [^]*SLUICE_CONNECT_REFUSED/);
  });

  test('a request that died unanswered on a fresh connection is repeated only when asked for, and only if idempotent', async () => {
    const dying = await startScriptedOrigin();
    const alive = await startHttpOrigin((req, res) => req.resume().on('end', () => res.end('alive')));
    const to = [{ address: dying.url, weight: 100 }, alive.url];
    const killNext = async (): Promise<void> => {
      const connection = await dying.accept();
      await connection.until(/\r\n\r\n/);
      connection.socket.resetAndDestroy();
    };
    const health = { maxFails: 0 };
    const cautious = await front.start({ upstream: { endpoints: to, health } });
    const eager = await front.start({ upstream: { endpoints: to, health }, retry: { on: ['connect', 'unanswered'] } });
    const ask = async (port: number, request: string): Promise<string> => {
      const [answer] = await Promise.all([exchangeRaw(port, request), killNext()]);
      return answer;
    };
    expect(await ask(cautious.port, get)).toMatch(/^HTTP\/1\.1 502 [^]*SLUICE_SEND_FAILED/);
    expect(await ask(eager.port, get)).toMatch(/alive$/);
    expect(await ask(eager.port, post)).toMatch(/^HTTP\/1\.1 502 [^]*SLUICE_SEND_FAILED/);
  });

  test('an endpoint that fails is ejected, and used again after its time', async () => {
    const dying = await startScriptedOrigin();
    const alive = await startHttpOrigin((_req, res) => res.end('alive'));
    const { port, proxy } = await front.start({
      upstream: { endpoints: [dying.url, alive.url], health: { maxFails: 1, failTimeoutMs: 60_000 } },
    });
    await dying.close();
    const answers = await Promise.all(Array.from({ length: 10 }, () => exchangeRaw(port, get)));
    expect(answers.every((answer) => answer.endsWith('alive'))).toBe(true);
    expect(proxy.stats().upstream.endpoints[0]).toMatchObject({ state: 'ejected', ejections: 1 });
  });

  test('middleware may send an exchange to another upstream', async () => {
    const origin = await startHttpOrigin((_req, res) => res.end('alive'));
    const other = await front.start({ to: origin.url });
    const { port } = await front.start({
      upstream: { endpoints: [] },
      middleware: [
        (exchange, next) => {
          exchange.upstream = other.proxy.upstream;
          return next();
        },
      ],
    });
    const client = await connectRaw(port);
    client.send(get);
    expect(await client.untilClosed()).toMatch(/alive$/);
  });

  test.each([
    ['on: []', { on: [] }],
    ['maxAttempts: 1', { maxAttempts: 1 }],
  ])('%s tries once', async (_title, retry) => {
    const alive = await startHttpOrigin((_req, res) => res.end('alive'));
    const to = [...goneAddresses(1).map((address) => ({ address, weight: 100 })), alive.url];
    const { port } = await front.start({ to, retry });
    expect(await exchangeRaw(port, get)).toMatch(/^HTTP\/1\.1 502 [^]*SLUICE_CONNECT_REFUSED/);
  });

  test('an idempotent request whose content has begun to flow is not sent twice when nobody remembers it', async () => {
    const dying = await startScriptedOrigin();
    const targets: string[] = [];
    const alive = await startHttpOrigin((req, res) => {
      targets.push(String(req.url));
      res.end('alive');
    });
    const { port } = await front.start({
      to: [{ address: dying.url, weight: 100 }, alive.url],
      retry: { on: ['connect', 'unanswered'], maxReplayBytes: 0 },
    });
    const client = await connectRaw(port);
    client.send('PUT /x HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhello');
    const connection = await dying.accept();
    await connection.until(/hello$/);
    connection.socket.resetAndDestroy();
    expect(await client.until(/SLUICE_/)).toMatch(/^HTTP\/1\.1 502 [^]*SLUICE_SEND_FAILED/);
    expect(targets).toEqual([]);
  });

  test('an answer that has begun is never replaced by another', async () => {
    const dying = await startScriptedOrigin();
    const alive = await startHttpOrigin((_req, res) => res.end('alive'));
    const { port } = await front.start({
      to: [{ address: dying.url, weight: 100 }, alive.url],
      retry: { on: ['connect', 'unanswered'] },
    });
    const client = await connectRaw(port);
    client.send(get);
    const connection = await dying.accept();
    await connection.until(/\r\n\r\n/);
    connection.send('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf');
    await client.until(/half$/);
    connection.socket.resetAndDestroy();
    expect(await client.untilClosed()).toMatch(/half$/);
  });

  test('each try goes by the balancer to an endpoint that was not tried, until one answers', async () => {
    const gone = goneAddresses(6);
    const alive = await startHttpOrigin((_req, res) => res.end('alive'));
    const { port, proxy } = await front.start({
      upstream: { endpoints: [...gone, alive.url], balancer: 'random', health: false },
      retry: { maxAttempts: 7 },
      random: createSeededRandom(5),
    });
    const tries: string[][] = [];
    proxy.on('exchange-finished', ({ exchange }) => tries.push(exchange.attempts.map(({ endpointId }) => endpointId)));
    for (let sent = 0; sent < 20; sent++) expect(await exchangeRaw(port, get)).toMatch(/alive$/);
    for (const ids of tries) expect(new Set(ids).size).toBe(ids.length);
    expect(Math.max(...tries.map((ids) => ids.length))).toBeGreaterThan(3);
  });
});
