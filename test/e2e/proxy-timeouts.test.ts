// Each phase of an exchange has a limit of its own, and names itself when it is exceeded.

import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test, vi } from 'vitest';
import { fronts } from '../support/fronts.ts';
import { openExchange } from '../support/relayed-exchange.ts';
import { openFullBacklog } from '../support/full-backlog.ts';
import { connectRaw, exchangeRaw } from '../support/raw-client.ts';
import { startScriptedOrigin } from '../support/scripted-origin.ts';

const get = 'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n';

describe.each(fronts)('$name', (front) => {
  test('connecting: 504 SLUICE_CONNECT_TIMEOUT', async () => {
    const port = await openFullBacklog();
    const { port: proxyPort } = await front.start({ to: `http://127.0.0.1:${port}`, timeouts: { connectMs: 100 } });
    expect(await exchangeRaw(proxyPort, get)).toMatch(/^HTTP\/1\.1 504 [^]*SLUICE_CONNECT_TIMEOUT/);
  });

  test('waiting for the head: 504 SLUICE_RESPONSE_TIMEOUT, and an interim response starts the wait again', async () => {
    const { client, origin } = await openExchange(front, get, { timeouts: { responseHeadMs: 100 } });
    origin.send('HTTP/1.1 102 Processing\r\n\r\n');
    await client.until(/102 Processing/);
    await client.until(/SLUICE_RESPONSE_TIMEOUT/);
    expect(client.received).toMatch(/\r\n\r\nHTTP\/1\.1 504 /);
    await origin.untilClosed();
  });

  test('a response body that stalls: the client is cut off, and the endpoint is to blame', async () => {
    const { client, origin, proxy } = await openExchange(front, get, { timeouts: { responseBodyIdleMs: 50 } });
    origin.send('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc');
    await client.untilClosed();
    expect(client.wasReset).toBe(true);
    await origin.untilClosed();
    await vi.waitFor(() => expect(proxy.stats().upstream.endpoints[0]).toMatchObject({ failed: 1, inFlight: 0 }));
  });

  test('an endpoint that takes nothing of an upload: 502 SLUICE_SEND_FAILED', async () => {
    const { client, origin } = await openExchange(
      front,
      'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 50000000\r\n\r\n',
      { timeouts: { requestBodyIdleMs: 200 } },
    );
    origin.socket.pause();
    client.send(Buffer.alloc(49_999_999));
    expect(await client.until(/SLUICE_/)).toMatch(/^HTTP\/1\.1 502 [^]*SLUICE_SEND_FAILED/);
  });

  test('the whole exchange: 504 SLUICE_TOTAL_TIMEOUT, though every phase is in time', async () => {
    const { client, origin, proxy } = await openExchange(front, get, { timeouts: { totalMs: 100 } });
    expect(await client.untilClosed()).toMatch(/^HTTP\/1\.1 504 [^]*SLUICE_TOTAL_TIMEOUT/);
    await origin.untilClosed();
    expect(proxy.stats().upstream.endpoints[0]).toMatchObject({ cancelled: 1, failed: 0 });
  });

  test('waiting for an endpoint that is full: 503 SLUICE_QUEUE_TIMEOUT, and a free one serves whoever waits', async () => {
    const server = await startScriptedOrigin();
    const { port } = await front.start({
      upstream: { endpoints: [{ address: server.url, maxInFlight: 1 }], limits: { maxQueued: 1, queueTimeoutMs: 100 } },
    });
    const first = await connectRaw(port);
    first.send(get);
    const origin = await server.accept();
    await origin.until(/\r\n\r\n/);
    const second = exchangeRaw(port, get);
    expect(await second).toMatch(/^HTTP\/1\.1 503 [^]*SLUICE_QUEUE_TIMEOUT/);
    origin.send('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
    expect(await first.untilClosed()).toMatch(/ok$/);
  });

  test('the whole exchange, when the response has begun: the client is cut off', async () => {
    const { client, origin, proxy } = await openExchange(front, get, { timeouts: { totalMs: 150 } });
    origin.send('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc');
    expect(await client.untilClosed()).toMatch(/abc$/);
    expect(client.wasReset).toBe(true);
    await origin.untilClosed();
    await vi.waitFor(() => expect(proxy.stats()).toMatchObject({ exchangesOpen: 0, upstream: { inFlight: 0 } }));
  });

  test('an upload that goes on is no silence: the time for the head begins behind it', async () => {
    const upload = 'POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 40\r\n\r\n';
    const { client, origin } = await openExchange(front, upload, { timeouts: { responseHeadMs: 200 } });
    // Longer than responseHeadMs altogether.
    for (let sent = 0; sent < 40; sent++) {
      client.send('x');
      await sleep(10);
    }
    await origin.until(/x{40}$/);
    expect(client.received).toBe('');
    origin.send('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
    expect(await client.untilClosed()).toMatch(/ok$/);
  });

  test('a connection to an endpoint that waits for its next request: closed', async () => {
    const { client, origin, proxy } = await openExchange(front, get, { wire: { pool: { idleTimeoutMs: 50 } } });
    origin.send('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
    await client.untilClosed();
    await origin.untilClosed();
    await vi.waitFor(() => expect(proxy.stats().transport.openConnections).toBe(0));
  });

  test('switched off, none of them ends anything', async () => {
    const off = { responseHeadMs: false, responseBodyIdleMs: false, totalMs: false } as const;
    const { client, origin } = await openExchange(front, get, { timeouts: off });
    await sleep(50);
    origin.send('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\no');
    await client.until(/o$/);
    await sleep(50);
    origin.send('k');
    expect(await client.untilClosed()).toMatch(/ok$/);
  });
});

/** A server of the user's has times of its own. */
describe.each(fronts.slice(0, 2))('$name', (front) => {
  test('a client connection that waits for its next request: closed', async () => {
    const { client, origin } = await openExchange(front, get.replace('Connection: close\r\n', ''), {
      timeouts: { keepAliveMs: 100 },
    });
    origin.send('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
    expect(await client.untilClosed()).toMatch(/ok$/);
    expect(client.wasReset).toBe(false);
  });
});
