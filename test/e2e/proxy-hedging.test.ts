// Hedging: a second endpoint is asked while the first still thinks, and the first answer wins.

import type { ProxyOptions } from '@sluice/http';
import { describe, expect, test } from 'vitest';
import type { ByteLog } from '../support/byte-log.ts';
import { fronts } from '../support/fronts.ts';
import { startHttpOrigin } from '../support/http-origin.ts';
import { connectRaw, exchangeRaw } from '../support/raw-client.ts';
import { startScriptedOrigin } from '../support/scripted-origin.ts';
import { expectNoResourcesLeft } from '../support/active-resources.ts';

const get = 'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n';
const ok = (body: string): string => `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`;

/** Two scripted origins, asked in this order, the second after a while. */
async function startPair(retry: ProxyOptions['retry'] = {}) {
  const slow = await startScriptedOrigin();
  const other = await startScriptedOrigin();
  const options: ProxyOptions = {
    upstream: { balancer: 'first-available', health: { maxFails: 0 }, endpoints: [slow.url, other.url] },
    retry: { hedge: { afterMs: 30 }, ...retry },
  };
  return { slow, other, options };
}

async function asked(origin: { accept(): Promise<ByteLog> }): Promise<ByteLog> {
  const connection = await origin.accept();
  await connection.until(/\r\n\r\n/);
  return connection;
}

describe.each(fronts)('$name', (front) => {
  test('the hedge of a slow endpoint wins, and the slow one sees that nobody waits any more', async () => {
    const { slow, other, options } = await startPair();
    const { port, proxy } = await front.start(options);
    const events: string[] = [];
    proxy.on('attempt-hedged', () => events.push('hedged'));
    proxy.on('attempt-overtaken', ({ endpointId, winnerId }) => events.push(`${winnerId} overtakes ${endpointId}`));
    proxy.on('attempt-failed', ({ error }) => events.push(error.code));
    const answer = exchangeRaw(port, get);
    const first = await asked(slow);
    const second = await asked(other);
    second.socket.write(ok('second'));
    expect(await answer).toMatch(/^HTTP\/1\.1 200 [^]*second$/);
    await first.untilClosed();
    const ids = proxy.upstream.endpointSet.endpoints.map(({ id }) => id);
    expect(events).toEqual(['hedged', `${ids[1]} overtakes ${ids[0]}`]);
    expect(proxy.stats().retry).toMatchObject({ granted: 1, hedges: 1, hedgesWon: 1 });
    const { upstream } = proxy.stats();
    expect(upstream.inFlight).toBe(0);
    expect(upstream.endpoints.map(({ ok: good, failed, cancelled }) => [good, failed, cancelled])).toEqual([
      [0, 0, 1],
      [1, 0, 0],
    ]);
  });

  test('when both are slow the first to answer wins, which may be the first', async () => {
    const { slow, other, options } = await startPair();
    const { port, proxy } = await front.start(options);
    const answer = exchangeRaw(port, get);
    const first = await asked(slow);
    const second = await asked(other);
    first.socket.write(ok('first'));
    expect(await answer).toMatch(/first$/);
    await second.untilClosed();
    expect(proxy.stats().retry).toMatchObject({ hedges: 1, hedgesWon: 0 });
  });

  test('when one dies the other decides', async () => {
    const { slow, other, options } = await startPair();
    const { port } = await front.start(options);
    const answer = exchangeRaw(port, get);
    const first = await asked(slow);
    const second = await asked(other);
    first.socket.resetAndDestroy();
    await first.untilClosed();
    second.socket.write(ok('second'));
    expect(await answer).toMatch(/^HTTP\/1\.1 200 [^]*second$/);
  });

  test('when both die the client hears of it, once', async () => {
    const { slow, other, options } = await startPair();
    const { port, proxy } = await front.start(options);
    const answer = exchangeRaw(port, get);
    const first = await asked(slow);
    const second = await asked(other);
    first.socket.resetAndDestroy();
    second.socket.resetAndDestroy();
    expect(await answer).toMatch(/^HTTP\/1\.1 502 [^]*SLUICE_SEND_FAILED/);
    expect(proxy.stats().upstream.inFlight).toBe(0);
  });

  test('a client that leaves ends both, and nothing is left of them', async () => {
    expectNoResourcesLeft();
    const { slow, other, options } = await startPair();
    const { port, proxy } = await front.start(options);
    const client = await connectRaw(port);
    client.send(get);
    const both = [await asked(slow), await asked(other)];
    client.socket.resetAndDestroy();
    for (const connection of both) await connection.untilClosed();
    await proxy.drain();
    expect(proxy.stats()).toMatchObject({ exchangesOpen: 0, upstream: { inFlight: 0 } });
  });

  test('early hints of the one that loses are not relayed', async () => {
    const { slow, other, options } = await startPair();
    const { port } = await front.start(options);
    const answer = exchangeRaw(port, get);
    const first = await asked(slow);
    const second = await asked(other);
    first.socket.write('HTTP/1.1 103 Early Hints\r\nLink: </lost>\r\n\r\n');
    second.socket.write(`HTTP/1.1 103 Early Hints\r\nLink: </won>\r\n\r\n${ok('second')}`);
    const text = await answer;
    expect(text).toMatch(/^HTTP\/1\.1 103 [^]*<\/won>[^]*HTTP\/1\.1 200 [^]*second$/);
    expect(text).not.toContain('lost');
  });

  test('a body that has come goes to both', async () => {
    const { slow, other, options } = await startPair({ hedge: { afterMs: 30, methods: ['PUT'] } });
    const { port } = await front.start(options);
    const answer = exchangeRaw(
      port,
      'PUT / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello',
    );
    const first = await slow.accept();
    await first.until(/hello$/);
    const second = await other.accept();
    await second.until(/content-length: 5\r\n[^]*hello$/i);
    second.socket.write(ok('second'));
    expect(await answer).toMatch(/second$/);
  });

  test('each attempt has a head of its own', async () => {
    const { slow, other, options } = await startPair();
    const { port } = await front.start({ ...options, host: 'endpoint' });
    const answer = exchangeRaw(port, get);
    const first = await asked(slow);
    const second = await asked(other);
    expect(first.received).toMatch(new RegExp(`host: 127.0.0.1:${slow.port}\r\n`, 'i'));
    expect(second.received).toMatch(new RegExp(`host: 127.0.0.1:${other.port}\r\n`, 'i'));
    second.socket.write(ok('second'));
    await answer;
  });
});

describe('what is learned', () => {
  test('with a percentile requests that an endpoint forgets are answered by another one', async () => {
    let count = 0;
    const origins = await Promise.all(
      ['a', 'b'].map((name) =>
        startHttpOrigin((_, res) => {
          count++;
          // One in 25 is never answered.
          if (count % 25 !== 0 || count <= 100) res.end(name);
        }),
      ),
    );
    const [front] = fronts;
    const started = await front?.start({
      to: origins.map(({ url }) => url),
      retry: { hedge: { percentile: 0.95, minSamples: 50 } },
    });
    for (let index = 0; index < 200; index++)
      expect(await exchangeRaw(started?.port ?? 0, get)).toMatch(/^HTTP\/1\.1 200 /);
    expect(started?.proxy.stats().retry.hedgesWon).toBeGreaterThanOrEqual(4);
  });
});
