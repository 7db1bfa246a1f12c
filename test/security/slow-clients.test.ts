// Attack: many connections that send, or take, a byte now and then (Slowloris, R-U-Dead-Yet, slow read).
// Impact: connections and endpoints are used up without any load.
// Guard: a time limit for the head, and one for each pause of a body in either direction; endpoints are leased only when a head is complete.

import { createManualClock } from '@sluice/core';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test, vi } from 'vitest';
import { fronts } from '../support/fronts.ts';
import { connectRaw } from '../support/raw-client.ts';
import { openExchange } from '../support/relayed-exchange.ts';
import { startScriptedOrigin } from '../support/scripted-origin.ts';

const [listener] = fronts;
if (listener === undefined) throw new Error('no front');

describe.each(fronts.slice(0, 2))('$name', (front) => {
  test('a head that does not come to its end is answered with 408 and costs no endpoint', async () => {
    const { port, proxy } = await front.start({ to: 'http://127.0.0.1:9', timeouts: { requestHeadMs: 100 } });
    const client = await connectRaw(port);
    client.send('GET / HTTP/1.1\r\nHost: a\r\nX-');
    expect(await client.untilClosed()).toMatch(/^HTTP\/1\.1 408 [^]*SLUICE_REQUEST_TIMEOUT/);
    expect(proxy.stats()).toMatchObject({ exchangesBegun: 0, upstream: { endpoints: [{ acquired: 0 }] } });
  });

  test('a head that comes byte by byte gets no more time than one that does not come at all', async () => {
    const { port, proxy } = await front.start({ to: 'http://127.0.0.1:9', timeouts: { requestHeadMs: 150 } });
    const client = await connectRaw(port);
    client.send('GET / HTTP/1.1\r\nHost: a\r\nX: ');
    while (!client.isClosed) {
      client.send('y');
      await sleep(10);
    }
    expect(client.received).toMatch(/^HTTP\/1\.1 408 [^]*SLUICE_REQUEST_TIMEOUT/);
    expect(proxy.stats()).toMatchObject({ exchangesBegun: 0 });
  });

  test('a request body that trickles on within its pauses is ended by the total time', async () => {
    const timeouts = { requestBodyIdleMs: 10_000, totalMs: 200 };
    const { client, origin, proxy } = await openExchange(
      front,
      'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n',
      { timeouts },
    );
    while (!client.received.includes('SLUICE_')) {
      client.send('y');
      await sleep(10);
    }
    expect(client.received).toMatch(/^HTTP\/1\.1 504 [^]*SLUICE_TOTAL_TIMEOUT/);
    await origin.untilClosed();
    expect(proxy.stats().upstream.endpoints[0]).toMatchObject({ inFlight: 0, failed: 0, cancelled: 1 });
  });

  test('a request body that pauses for too long is answered with 408, and the endpoint is free again and not to blame', async () => {
    const server = await startScriptedOrigin();
    const { port, proxy } = await front.start({ to: server.url, timeouts: { requestBodyIdleMs: 50 } });
    const client = await connectRaw(port);
    client.send('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nabc');
    const origin = await server.accept();
    await origin.until(/abc$/);
    expect(await client.until(/SLUICE_REQUEST_TIMEOUT/)).toMatch(/^HTTP\/1\.1 408 /);
    await origin.untilClosed();
    await vi.waitFor(() =>
      expect(proxy.stats().upstream.endpoints[0]).toMatchObject({ inFlight: 0, failed: 0, cancelled: 1 }),
    );
  });

  test('a client that takes nothing of its response is cut off, and the endpoint is free again', async () => {
    const server = await startScriptedOrigin();
    const { port, proxy } = await front.start({ to: server.url, timeouts: { responseBodyIdleMs: 100 } });
    const client = await connectRaw(port);
    client.socket.pause();
    client.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    const origin = await server.accept();
    await origin.until(/\r\n\r\n/);
    origin.send(
      Buffer.concat([Buffer.from('HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n'), Buffer.alloc(20_000_000)]),
    );
    await origin.untilClosed();
    await vi.waitFor(() => expect(proxy.stats()).toMatchObject({ exchangesOpen: 0, upstream: { inFlight: 0 } }));
  });

  test('a head over the limit is answered with 431', async () => {
    const { port } = await front.start({ to: 'http://127.0.0.1:9' });
    const client = await connectRaw(port);
    client.send(`GET / HTTP/1.1\r\nHost: a\r\nX: ${'y'.repeat(40_000)}\r\n\r\n`);
    expect(await client.untilClosed()).toMatch(/^HTTP\/1\.1 431 [^]*SLUICE_HEADERS_TOO_LARGE/);
  });

  test('CONNECT is refused: a reverse proxy is not a way out', async () => {
    const { port } = await front.start({ to: 'http://127.0.0.1:9' });
    const client = await connectRaw(port);
    client.send('CONNECT 127.0.0.1:22 HTTP/1.1\r\nHost: 127.0.0.1:22\r\n\r\n');
    expect(await client.untilClosed()).toMatch(/^HTTP\/1\.1 405 /);
  });
});

test('proxy.listen(): a request body that trickles on below the least rate is answered with 408', async () => {
  const clock = createManualClock();
  const { client, origin } = await openExchange(
    listener,
    'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n',
    { clock },
  );
  for (let second = 1; second <= 6; second++) {
    client.send('y'.repeat(200));
    await origin.until(new RegExp(`y{${second * 200}}$`));
    expect(client.received).toBe('');
    clock.advance(1_000);
  }
  expect(await client.until(/SLUICE_REQUEST_TIMEOUT/)).toMatch(/^HTTP\/1\.1 408 /);
  await origin.untilClosed();
});
