// Each phase of an exchange has a limit of its own, and names itself when it is exceeded.

import { expect, test, vi } from 'vitest';
import { fronts } from '../support/fronts.ts';
import { openExchange } from '../support/relayed-exchange.ts';
import { openFullBacklog } from '../support/full-backlog.ts';
import { connectRaw, exchangeRaw } from '../support/raw-client.ts';
import { startScriptedOrigin } from '../support/scripted-origin.ts';

const [listener] = fronts;
if (listener === undefined) throw new Error('no front');
const get = 'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n';

test('connecting: 504 SLUICE_CONNECT_TIMEOUT', async () => {
  const port = await openFullBacklog();
  const { port: proxyPort } = await listener.start({ to: `http://127.0.0.1:${port}`, timeouts: { connectMs: 100 } });
  expect(await exchangeRaw(proxyPort, get)).toMatch(/^HTTP\/1\.1 504 [^]*SLUICE_CONNECT_TIMEOUT/);
});

test('waiting for the head: 504 SLUICE_RESPONSE_TIMEOUT, and an interim response starts the wait again', async () => {
  const { client, origin } = await openExchange(listener, get, { timeouts: { responseHeadMs: 100 } });
  origin.send('HTTP/1.1 102 Processing\r\n\r\n');
  await client.until(/102 Processing/);
  await client.until(/SLUICE_RESPONSE_TIMEOUT/);
  expect(client.received).toMatch(/\r\n\r\nHTTP\/1\.1 504 /);
  await origin.untilClosed();
});

test('a response body that stalls: the client is cut off, and the endpoint is to blame', async () => {
  const { client, origin, proxy } = await openExchange(listener, get, { timeouts: { responseBodyIdleMs: 50 } });
  origin.send('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc');
  await client.untilClosed();
  expect(client.wasReset).toBe(true);
  await origin.untilClosed();
  await vi.waitFor(() => expect(proxy.stats().upstream.endpoints[0]).toMatchObject({ failed: 1, inFlight: 0 }));
});

test('an endpoint that takes nothing of an upload: 502 SLUICE_SEND_FAILED', async () => {
  const { client, origin } = await openExchange(
    listener,
    'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 50000000\r\n\r\n',
    { timeouts: { requestBodyIdleMs: 200 } },
  );
  origin.socket.pause();
  client.send(Buffer.alloc(49_999_999));
  expect(await client.until(/SLUICE_/)).toMatch(/^HTTP\/1\.1 502 [^]*SLUICE_SEND_FAILED/);
});

test('the whole exchange: 504 SLUICE_TOTAL_TIMEOUT, though every phase is in time', async () => {
  const { client, origin, proxy } = await openExchange(listener, get, { timeouts: { totalMs: 100 } });
  expect(await client.untilClosed()).toMatch(/^HTTP\/1\.1 504 [^]*SLUICE_TOTAL_TIMEOUT/);
  await origin.untilClosed();
  expect(proxy.stats().upstream.endpoints[0]).toMatchObject({ cancelled: 1, failed: 0 });
});

test('waiting for an endpoint that is full: 503 SLUICE_QUEUE_TIMEOUT, and a free one serves whoever waits', async () => {
  const server = await startScriptedOrigin();
  const { port } = await listener.start({
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
