// What Node proxies get wrong when an endpoint or a client fails, row by row of docs/guide/04-what-a-proxy-must-do.md.

import { once } from 'node:events';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { createCertificateAuthority } from '../support/certificates.ts';
import { fronts } from '../support/fronts.ts';
import { openExchange } from '../support/relayed-exchange.ts';
import { connectRaw, exchangeRaw } from '../support/raw-client.ts';
import { startScriptedOrigin } from '../support/scripted-origin.ts';

const get = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';
const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';

describe.each(fronts)('$name', (front) => {
  test('a client that aborts before the response cancels the work for it at once', async () => {
    const { client, origin, proxy } = await openExchange(front, get);
    client.socket.destroy();
    await origin.untilClosed();
    await vi.waitFor(() => expect(proxy.stats()).toMatchObject({ exchangesOpen: 0, upstream: { inFlight: 0 } }));
    expect(proxy.stats().upstream.endpoints[0]).toMatchObject({ cancelled: 1, failed: 0, state: 'available' });
  });

  test('a client that aborts while it uploads, or downloads, cancels the work for it', async () => {
    const server = await startScriptedOrigin();
    const { port, proxy } = await front.start({ to: server.url });
    const uploader = await connectRaw(port);
    uploader.send('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\nabc');
    const first = await server.accept();
    await first.until(/abc$/);
    uploader.socket.resetAndDestroy();
    await first.untilClosed();
    const downloader = await connectRaw(port);
    downloader.send(get);
    const second = await server.accept();
    await second.until(/\r\n\r\n/);
    second.send('HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nabc');
    await downloader.until(/abc$/);
    downloader.socket.destroy();
    await second.untilClosed();
    await vi.waitFor(() => expect(proxy.stats()).toMatchObject({ exchangesOpen: 0, upstream: { inFlight: 0 } }));
  });

  test.each([
    ['a body with a length', 'HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nabc'],
    ['a chunked body', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n'],
  ])('an upstream that dies in the middle of %s aborts the client', async (_kind, beginning) => {
    const { client, origin } = await openExchange(front, get);
    origin.send(beginning);
    await client.until(/abc/);
    origin.socket.destroy();
    const got = await client.untilClosed();
    expect(got).not.toMatch(/0\r\n\r\n$/);
    expect(client.wasReset).toBe(true);
  });

  test('an upstream that dies in the middle of a body never looks whole to an HTTP/1.0 client', async () => {
    const { client, origin } = await openExchange(front, 'GET / HTTP/1.0\r\nHost: a\r\n\r\n');
    origin.send('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n');
    await client.until(/abc$/);
    origin.socket.destroy();
    await client.untilClosed();
    expect(client.wasReset).toBe(true);
  });

  test('when the upstream has closed a kept-alive connection, a GET is sent again on a fresh one', async () => {
    const server = await startScriptedOrigin();
    const { port, proxy } = await front.start({ to: server.url });
    const client = await connectRaw(port);
    client.send(get);
    const first = await server.accept();
    await first.until(/\r\n\r\n/);
    first.send(ok);
    await client.until(/ok$/);
    client.send('GET /again HTTP/1.1\r\nHost: a\r\n\r\n');
    // The request is on the old connection when that dies unanswered.
    await first.until(/GET \/again/);
    first.socket.resetAndDestroy();
    const second = await server.accept();
    await second.until(/GET \/again[^]*\r\n\r\n$/);
    second.send(ok);
    await client.until(/ok[^]*ok$/);
    expect(proxy.stats().upstream.endpoints[0]).toMatchObject({ ok: 2, failed: 0 });
  });

  test('a POST on a kept-alive connection that died unanswered is not sent twice', async () => {
    const server = await startScriptedOrigin();
    const { port } = await front.start({ to: server.url });
    const client = await connectRaw(port);
    client.send(get);
    const first = await server.accept();
    await first.until(/\r\n\r\n/);
    first.send(ok);
    await client.until(/ok$/);
    client.send('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi');
    await first.until(/hi$/);
    first.socket.resetAndDestroy();
    expect(await client.until(/SLUICE_SEND_FAILED/)).toMatch(/HTTP\/1\.1 502 Bad Gateway/);
    expect(server.waiting).toBe(0);
  });

  test('an upstream that refuses is answered with 502, no endpoint with 503, silence with 504, each with a code', async () => {
    const server = await startScriptedOrigin();
    const { port: silentPort } = await front.start({ to: server.url, timeouts: { responseHeadMs: 50 } });
    const request = 'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nAccept: application/json\r\n\r\n';
    const silent = await exchangeRaw(silentPort, request);
    expect(silent).toMatch(/^HTTP\/1\.1 504 [^]*"SLUICE_RESPONSE_TIMEOUT"/);
    await server.close();
    const { port: refusedPort } = await front.start({ to: server.url });
    const refused = await exchangeRaw(refusedPort, request);
    expect(refused).toMatch(/^HTTP\/1\.1 502 [^]*"SLUICE_CONNECT_REFUSED"/);
    expect(refused).toMatch(/\r\nProxy-Status: sluice; error=connection_refused\r\n/);
    const { port: emptyPort } = await front.start({ upstream: { endpoints: [] } });
    const empty = await exchangeRaw(emptyPort, request);
    expect(empty).toMatch(/^HTTP\/1\.1 503 [^]*"SLUICE_NO_ENDPOINT"/);
    expect(empty).toMatch(/\r\nRetry-After: \d+\r\n/);
    // The answer names nothing of what is behind the proxy.
    expect(silent + refused + empty).not.toMatch(new RegExp(`${server.port}|127\\.0\\.0\\.1|node:|at `));
  });

  test('an upstream whose certificate nobody vouches for gets no request, unless that is asked for', async () => {
    const served: string[] = [];
    const server = createServer(createCertificateAuthority().issue(['127.0.0.1']), (req, res) => {
      served.push(req.url ?? '');
      res.end('ok');
    });
    server.on('tlsClientError', () => {});
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const to = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const { port: carefulPort } = await front.start({ to });
    const request = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`;
    expect(await exchangeRaw(carefulPort, request('/careful'))).toMatch(/^HTTP\/1\.1 502 [^]*SLUICE_TLS_FAILED/);
    const { port: carelessPort } = await front.start({ to, wire: { tls: { verifyTls: false } } });
    expect(await exchangeRaw(carelessPort, request('/careless'))).toMatch(/^HTTP\/1\.1 200 /);
    expect(served).toEqual(['/careless']);
  });

  test('a 503 of the upstream is relayed with its Retry-After, and the request is not repeated', async () => {
    const { client, origin, server } = await openExchange(front, get);
    origin.send('HTTP/1.1 503 Service Unavailable\r\nRetry-After: 120\r\nContent-Length: 4\r\n\r\nbusy');
    expect(await client.until(/busy$/)).toMatch(/^HTTP\/1\.1 503 [^]*\r\nRetry-After: 120\r\n/);
    expect(origin.received.match(/GET /g)).toHaveLength(1);
    expect(server.waiting).toBe(0);
  });

  test('resets on any socket at any moment are survived', async () => {
    const server = await startScriptedOrigin();
    const { port, proxy } = await front.start({ to: server.url });
    for (const answer of ['', 'HTTP/1.1 2', 'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc']) {
      const client = await connectRaw(port);
      client.send(get);
      const origin = await server.accept();
      await origin.until(/\r\n\r\n/);
      if (answer !== '') origin.send(answer);
      client.socket.resetAndDestroy();
      origin.socket.resetAndDestroy();
    }
    await vi.waitFor(() => expect(proxy.stats()).toMatchObject({ exchangesOpen: 0, upstream: { inFlight: 0 } }));
    const client = await connectRaw(port);
    client.send(get);
    const origin = await server.accept();
    await origin.until(/\r\n\r\n/);
    origin.send(ok);
    await client.until(/ok$/);
  });
});
