// Draining and closing: what is open may end, what is new is refused, and nothing is left behind.

import { createProxy } from '@sluice/http';
import { describe, expect, test, vi } from 'vitest';
import { expectNoResourcesLeft } from '../support/active-resources.ts';
import { fronts } from '../support/fronts.ts';
import { connectRaw } from '../support/raw-client.ts';
import { startScriptedOrigin } from '../support/scripted-origin.ts';
import type { ByteLog } from '../support/byte-log.ts';

const get = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';
const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';
const upgrade = 'GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n';

describe.each(fronts)('$name', ({ start }) => {
  async function openExchange(request = get) {
    expectNoResourcesLeft();
    const server = await startScriptedOrigin();
    const { port, proxy } = await start({ to: server.url });
    const client = await connectRaw(port);
    client.send(request);
    const origin = await server.accept();
    await origin.until(/\r\n\r\n/);
    return { port, proxy, client, origin };
  }

  async function openTunnel() {
    const opened = await openExchange(upgrade);
    opened.origin.send('HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n');
    await opened.client.until(/\r\n\r\n$/);
    return opened;
  }

  test('drain waits for open exchanges and tells their clients that the connection closes', async () => {
    const { proxy, client, origin } = await openExchange();
    const drained = proxy.drain(10_000);
    origin.send(ok);
    expect(await client.until(/ok$/)).toMatch(/\r\nConnection: close\r\n/);
    expect(await drained).toBe(0);
    await client.untilClosed();
  });

  test('drain cuts what is still open when its time is over', async () => {
    const { proxy, client, origin } = await openExchange();
    expect(await proxy.drain(50)).toBe(1);
    expect(await client.untilClosed()).toMatch(/^HTTP\/1\.1 503 [^]*SLUICE_SHUTTING_DOWN/);
    await origin.untilClosed();
  });

  test('drain waits for tunnels, and cuts them when its time is over', async () => {
    const { proxy, client, origin } = await openTunnel();
    const drained = proxy.drain(200);
    client.send('still here');
    await origin.until(/still here$/);
    expect(await drained).toBe(1);
    await Promise.all([client.untilClosed(), origin.untilClosed()]);
  });

  test('close cuts exchanges in every phase at once, and closing twice is fine', async () => {
    const { port, proxy, client, origin } = await openExchange();
    const streaming = await connectRaw(port);
    streaming.send(get);
    await vi.waitFor(() => expect(proxy.stats().exchangesOpen).toBe(2));
    await Promise.all([proxy.close(), proxy.close()]);
    await Promise.all([client.untilClosed(), origin.untilClosed(), streaming.untilClosed()].map((closed) => closed));
    expect(proxy.stats()).toMatchObject({
      exchangesOpen: 0,
      upstream: { inFlight: 0 },
      transport: { openConnections: 0 },
    });
  });

  test('a client connection that only waits is closed by a drain, which has nothing else to wait for', async () => {
    const { proxy, client, origin } = await openExchange();
    origin.send(ok);
    await client.until(/ok$/);
    expect(await proxy.drain(10_000)).toBe(0);
    await origin.untilClosed();
  });

  test('a download that is under way comes to its end while draining', async () => {
    const { proxy, client, origin } = await openExchange();
    origin.send('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nfirst');
    await client.until(/first$/);
    const drained = proxy.drain(10_000);
    origin.send('later');
    expect(await client.until(/firstlater$/)).toMatch(/^HTTP\/1\.1 200 /);
    expect(await drained).toBe(0);
    await client.untilClosed();
  });
});

describe('new work while draining', () => {
  test('is served on open connections of listen(), and refused when it comes in by a server of the user', async () => {
    const [listener] = fronts;
    const server = fronts.find(({ name }) => name === 'node:http');
    if (listener === undefined || server === undefined) throw new Error('no fronts');
    for (const [front, expected] of [
      [listener, /^HTTP\/1\.1 200 /],
      [server, /^HTTP\/1\.1 503 /],
    ] as const) {
      const origin = await startScriptedOrigin();
      const { port, proxy } = await front.start({ to: origin.url });
      const busy = await connectRaw(port);
      busy.send(get);
      const first = await origin.accept();
      await first.until(/\r\n\r\n/);
      const late = await connectRaw(port);
      // A connection without a request would be idle, and closed.
      late.send('GET / HTTP/1.1\r\nHost:');
      await vi.waitFor(() => expect(proxy.stats().exchangesOpen).toBe(1));
      const drained = proxy.drain(10_000);
      late.send(' a\r\n\r\n');
      const answers = async (connection: ByteLog): Promise<void> => {
        await connection.until(/\r\n\r\n/);
        connection.send(ok);
      };
      if (front === listener) await answers(await origin.accept());
      expect(await late.untilClosed()).toMatch(expected);
      await answers(first);
      expect(await drained).toBe(0);
    }
  });
});

test('a proxy that is closed refuses to listen', async () => {
  const proxy = createProxy({ to: 'http://127.0.0.1:9' });
  await proxy.close();
  await expect(proxy.listen()).rejects.toMatchObject({ code: 'SLUICE_SHUTTING_DOWN' });
});

test('a port that is taken is an error of listen, and of nothing else', async () => {
  const proxy = createProxy({ to: 'http://127.0.0.1:9' });
  const { port } = await proxy.listen();
  await expect(proxy.listen(port)).rejects.toMatchObject({ code: 'EADDRINUSE' });
  await proxy.close();
});
