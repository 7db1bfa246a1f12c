// What Node proxies get wrong about WebSockets and other upgrades, row by row of docs/guide/04-what-a-proxy-must-do.md.

import { createProxy } from '@sluice/http';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { fronts } from '../support/fronts.ts';
import { openExchange } from '../support/relayed-exchange.ts';
import { connectRaw } from '../support/raw-client.ts';
import { startScriptedOrigin } from '../support/scripted-origin.ts';

const upgrade =
  'GET /chat HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: x3JJHMbDL1EzLkh9GBhXDw==\r\nSec-WebSocket-Version: 13\r\n\r\n';
const switching =
  'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: y\r\n\r\n';

describe.each(fronts)('$name', (front) => {
  test('a WebSocket is tunnelled, with the bytes that come with the heads and half-closed ends', async () => {
    const { client, origin, proxy } = await openExchange(front, `${upgrade}early`);
    const seen = origin.received;
    expect(seen).toMatch(/\r\nConnection: Upgrade\r\n/i);
    expect(seen).toMatch(/\r\nUpgrade: websocket\r\n/);
    origin.send(`${switching}hello`);
    expect(await client.until(/hello$/)).toMatch(/^HTTP\/1\.1 101 Switching Protocols\r\n[^]*Upgrade: websocket\r\n/);
    await origin.until(/early$/);
    client.send('ping');
    await origin.until(/ping$/);
    client.socket.end();
    await origin.untilClosed();
    origin.send('last words');
    await client.until(/last words$/);
    origin.socket.end();
    await client.untilClosed();
    await vi.waitFor(() => expect(proxy.stats()).toMatchObject({ exchangesOpen: 0, upstream: { inFlight: 0 } }));
  });

  test('a WebSocket refused by the upstream with 401 and a body is relayed', async () => {
    const { client, origin } = await openExchange(front, upgrade);
    origin.send('HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic\r\nContent-Length: 6\r\n\r\nsecret');
    const got = await client.until(/secret$/);
    expect(got).toMatch(/^HTTP\/1\.1 401 Unauthorized\r\n[^]*WWW-Authenticate: Basic\r\n[^]*\r\n\r\nsecret$/);
  });

  test('a WebSocket client that resets during the upgrade closes both sides and throws nothing', async () => {
    const { client, origin, proxy } = await openExchange(front, upgrade);
    client.socket.resetAndDestroy();
    await origin.untilClosed();
    await vi.waitFor(() => expect(proxy.stats()).toMatchObject({ exchangesOpen: 0, upstream: { inFlight: 0 } }));
  });

  test('a reset in the middle of a tunnel closes the other side', async () => {
    const { client, origin, proxy } = await openExchange(front, upgrade);
    origin.send(switching);
    await client.until(/\r\n\r\n$/);
    origin.socket.resetAndDestroy();
    await client.untilClosed();
    await vi.waitFor(() => expect(proxy.stats().exchangesOpen).toBe(0));
  });

  test('Upgrade: h2c is never tunnelled: it is an ordinary request', async () => {
    const server = await startScriptedOrigin();
    const { port } = await front.start({ to: server.url });
    const client = await connectRaw(port);
    client.send(
      'GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n\r\n',
    );
    const origin = await server.accept();
    expect(await origin.until(/\r\n\r\n/)).not.toMatch(/upgrade|http2-settings|h2c/i);
    origin.send('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
    expect(await client.until(/ok$/)).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
  });

  test('an upgrade with a body is refused', async () => {
    const { port } = await front.start({ to: 'http://127.0.0.1:9' });
    const client = await connectRaw(port);
    client.send(upgrade.replace('\r\n\r\n', '\r\nContent-Length: 5\r\n\r\nhello'));
    expect(await client.untilClosed()).toMatch(/^HTTP\/1\.1 400 /);
  });

  test('an idle tunnel is closed', async () => {
    const { client, origin, proxy } = await openExchange(front, upgrade, { timeouts: { upgradeIdleMs: 50 } });
    origin.send(switching);
    await client.untilClosed();
    await origin.untilClosed();
    await vi.waitFor(() => expect(proxy.stats().exchangesOpen).toBe(0));
  });
});

test('an upgrade on a shared server that is meant for another handler is left alone', async () => {
  const proxy = createProxy({ to: 'http://127.0.0.1:9' });
  const server = createServer(proxy);
  server.on('upgrade', (req, socket, head) => {
    if (req.url?.startsWith('/proxied') === true) proxy.upgrade(req, socket, head);
  });
  server.on('upgrade', (req, socket) => {
    if (req.url === '/hmr')
      socket.end('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: hmr\r\n\r\nmine');
  });
  onTestFinished(async () => {
    await proxy.close();
    server.closeAllConnections();
    server.close();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = await connectRaw((server.address() as AddressInfo).port);
  client.send(upgrade.replace('/chat', '/hmr'));
  expect(await client.untilClosed()).toMatch(/Upgrade: hmr\r\n\r\nmine$/);
  expect(proxy.stats().exchangesBegun).toBe(0);
});
