// Attack: a client sends requests without end and takes none of the answers; or sends thousands in one packet; or asks for an upgrade among them.
// Impact: answers pile up in memory; one packet puts thousands of requests to work at once; two owners of one socket crash the process.
// Guard: one request of a connection is at work at a time; the next one waits until its client has room for the answer.

import { createProxy, createResponse, type Middleware } from '@sluice/http';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { fronts } from '../support/fronts.ts';
import { startHttpOrigin } from '../support/http-origin.ts';
import { connectRaw } from '../support/raw-client.ts';
import { openExchange, plainAnswer } from '../support/relayed-exchange.ts';

const get = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';
const upgrade = 'GET /tunnel HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n';
const [listener] = fronts;
if (listener === undefined) throw new Error('no front');

describe.each(fronts)('$name', (front) => {
  test('of the requests that came in one packet, one is at work at a time', async () => {
    let working = 0;
    let most = 0;
    const origin = await startHttpOrigin((_req, res) => {
      most = Math.max(most, ++working);
      setImmediate(() => {
        working--;
        res.end('ok');
      });
    });
    const { port, proxy } = await front.start({ to: origin.url });
    const client = await connectRaw(port);
    client.send(get.repeat(200));
    await vi.waitFor(() => expect(client.received.match(/HTTP\/1\.1 200 /g)).toHaveLength(200), 10_000);
    expect(most).toBe(1);
    expect(proxy.stats().transport).toMatchObject({ connectionsCreated: 1 });
  });

  test('a client that leaves takes the requests with it that were not at work yet', async () => {
    const { client, origin, server, proxy } = await openExchange(front, get.repeat(3));
    client.socket.destroy();
    await origin.untilClosed();
    await vi.waitFor(() => expect(proxy.stats()).toMatchObject({ exchangesOpen: 0, exchangesBegun: 1 }));
    expect(server.waiting).toBe(0);
  });

  test('an upgrade behind a request that is not answered yet throws nothing, and gets no tunnel out of turn', async () => {
    const { client, origin, proxy } = await openExchange(front, get);
    client.send(upgrade);
    // node:http gives the socket away at once: there is nothing to do but to close it. The wire front waits.
    await vi.waitFor(() => {
      origin.send(plainAnswer);
      expect(client.isClosed || client.received.includes('ok')).toBe(true);
    });
    expect(client.received).not.toContain('HTTP/1.1 101');
    client.socket.destroy();
    await vi.waitFor(() => expect(proxy.stats()).toMatchObject({ exchangesOpen: 0, upstream: { inFlight: 0 } }));
  });
});

/** Answers with a body that leaves in one piece with its head. */
const answerAtOnce: Middleware = () => createResponse({ body: 'x'.repeat(30_000) });

test('a client that asks on and on and takes no answer is served no more, and is cut off', async () => {
  const { port, proxy } = await listener.start({
    to: 'http://127.0.0.1:9',
    middleware: [answerAtOnce],
    timeouts: { responseBodyIdleMs: 100, keepAliveMs: 100 },
  });
  const client = await connectRaw(port);
  client.socket.pause();
  client.send(get.repeat(5_000));
  await vi.waitFor(() => expect(proxy.stats().exchangesBegun).toBeGreaterThan(0));
  await vi.waitFor(() => expect(proxy.stats().exchangesOpen).toBe(0), 10_000);
  // 30 kB each: what the kernel takes is some megabytes, and the rest would be 150 MB here.
  expect(proxy.stats().exchangesBegun).toBeLessThan(2_000);
});

test('one that takes them late gets them all', async () => {
  const { port, proxy } = await listener.start({ to: 'http://127.0.0.1:9', middleware: [answerAtOnce] });
  const client = await connectRaw(port);
  client.socket.pause();
  client.send(get.repeat(400));
  await vi.waitFor(() => expect(proxy.stats().exchangesBegun).toBeGreaterThan(20));
  client.socket.resume();
  await vi.waitFor(() => expect(client.received.match(/HTTP\/1\.1 200 /g)).toHaveLength(400), 10_000);
});

test('a request whose client has left before the proxy was handed it does not stay open', async () => {
  const proxy = createProxy({ to: 'http://127.0.0.1:9', middleware: [answerAtOnce] });
  const left: string[] = [];
  const server = createServer((req, res) => {
    req.socket.once('close', () => {
      left.push(req.url ?? '');
      proxy(req, res);
    });
  });
  onTestFinished(async () => {
    await proxy.close();
    server.close();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = await connectRaw((server.address() as AddressInfo).port);
  client.send('GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n');
  await vi.waitFor(() => expect(server.listenerCount('request')).toBe(1));
  client.socket.destroy();
  await vi.waitFor(() => expect(left).toEqual(['/1', '/2']));
  await vi.waitFor(() => expect(proxy.stats().exchangesOpen).toBe(0));
});

test('nor does an upgrade whose client has left', async () => {
  const proxy = createProxy({ to: 'http://127.0.0.1:9', middleware: [answerAtOnce] });
  const left = vi.fn<() => void>();
  const server = createServer();
  server.on('upgrade', (req, socket, head) => {
    // Node 22 may take a reset for an end.
    socket
      .on('error', () => {})
      .on('end', () => socket.destroy())
      .resume();
    socket.once('close', () => {
      proxy.upgrade(req, socket, head);
      left();
    });
  });
  onTestFinished(async () => {
    await proxy.close();
    server.close();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = await connectRaw((server.address() as AddressInfo).port);
  client.send(upgrade);
  client.socket.resetAndDestroy();
  await vi.waitFor(() => expect(left).toHaveBeenCalledOnce());
  expect(await proxy.drain(5_000)).toBe(0);
});
