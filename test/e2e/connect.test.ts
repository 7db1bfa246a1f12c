// CONNECT: tunnels through an endpoint that is a proxy, tunnels that the proxy opens by itself, and how each of them can end.

import { createResponse, type ProxyOptions } from '@sluice/http';
import { ProxyAgent, request as fetchThrough } from 'undici';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { expectNoResourcesLeft } from '../support/active-resources.ts';
import { logBytes, type ByteLog } from '../support/byte-log.ts';
import { fronts } from '../support/fronts.ts';
import { startHttpOrigin } from '../support/http-origin.ts';
import { connectRaw, exchangeRaw } from '../support/raw-client.ts';
import { startRawServer, whenClosed } from '../support/raw-server.ts';
import { openExchange, parseHead } from '../support/relayed-exchange.ts';
import { startScriptedOrigin } from '../support/scripted-origin.ts';
import { transports } from '../support/transports.ts';

function connect(target: string, fields = ''): string {
  return `CONNECT ${target} HTTP/1.1\r\nHost: ${target}\r\n${fields}\r\n`;
}

const allow = ['db.example:5432'];
const toDatabase = connect('DB.example:5432');
const established = 'HTTP/1.1 200 OK\r\n\r\n';
/** An endpoint that nobody asks: nothing listens there. */
const nowhere = 'http://127.0.0.1:9';

describe.each(fronts)('$name', (front) => {
  describe('through an endpoint that is a proxy', () => {
    const open = (options: ProxyOptions = {}, request = toDatabase) =>
      openExchange(front, request, { connect: { allow }, ...options });

    test.each(transports)(
      'is asked for in authority form, and tunnelled with what came early ($name)',
      async (kind) => {
        const transport = kind.create();
        const { client, origin, proxy } = await open(
          { via: 'edge', host: 'endpoint', transport },
          `${toDatabase}early`,
        );
        const asked = parseHead(origin.received);
        expect(asked.startLine).toBe('CONNECT db.example:5432 HTTP/1.1');
        expect([...asked.values('host'), ...asked.values('via')]).toEqual(['db.example:5432', '1.1 edge']);
        expect(asked.lines.join()).not.toMatch(/content-length|transfer-encoding|upgrade/i);
        origin.send('HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-Tag: 1\r\n\r\nhello');
        const got = parseHead(await client.until(/hello$/));
        expect([got.startLine, ...got.values('x-tag')]).toEqual(['HTTP/1.1 200 OK', '1']);
        expect(got.lines.join()).not.toMatch(/content-length|transfer-encoding|connection/i);
        await origin.until(/\r\n\r\nearly$/);
        client.send('ping');
        await origin.until(/ping$/);
        client.socket.end();
        await origin.untilClosed();
        origin.send('last words');
        await client.until(/last words$/);
        origin.socket.end();
        await client.untilClosed();
        await vi.waitFor(() => expect(proxy.stats()).toMatchObject({ exchangesOpen: 0, upstream: { inFlight: 0 } }));
        expect(proxy.stats().transport).toMatchObject({ openConnections: 0 });
      },
    );

    test('is closed behind any other answer, which is relayed', async () => {
      const { client, origin, server, proxy } = await open({}, `${toDatabase}GET /early HTTP/1.1\r\nHost: a\r\n\r\n`);
      origin.send('HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno');
      const got = await client.untilClosed();
      expect(got).toMatch(/^HTTP\/1\.1 403 Forbidden\r\n[^]*\r\n\r\nno$/);
      expect(parseHead(got).values('connection')).toEqual(['close']);
      expect([origin.received.includes('/early'), server.waiting]).toEqual([false, 0]);
      await vi.waitFor(() => expect(proxy.stats()).toMatchObject({ exchangesBegun: 1, exchangesOpen: 0 }));
    });

    test('tries another endpoint when one can not be connected', async () => {
      const server = await startScriptedOrigin();
      const endpoints = [{ address: nowhere }, { address: server.url, backup: true }];
      const { port } = await front.start({ upstream: { endpoints }, connect: { allow } });
      const client = await connectRaw(port);
      client.send(toDatabase);
      const origin = await server.accept();
      await origin.until(/\r\n\r\n$/);
      origin.send(established);
      await client.until(/^HTTP\/1\.1 200 OK\r\n\r\n$/);
    });

    test.each<[string, (origin: ByteLog) => void, RegExp, ProxyOptions?]>([
      ['an endpoint that dies', (origin) => void origin.socket.destroy(), /^HTTP\/1\.1 502 [^]*SLUICE_SEND_FAILED/],
      ['garbage', (origin) => origin.send('220 mail\r\n\r\n'), /^HTTP\/1\.1 502 [^]*SLUICE_RESPONSE_INVALID/],
      ['silence', () => {}, /^HTTP\/1\.1 504 [^]*SLUICE_RESPONSE_TIMEOUT/, { timeouts: { responseHeadMs: 100 } }],
    ])('answers %s, and closes', async (_what, act, answer, options) => {
      const { client, origin, proxy } = await open(options);
      act(origin);
      expect(await client.untilClosed()).toMatch(answer);
      await vi.waitFor(() => expect(proxy.stats().exchangesOpen).toBe(0));
    });

    test('a client that leaves while it waits takes the request with it', async () => {
      const { client, origin, proxy } = await open();
      client.socket.resetAndDestroy();
      await origin.untilClosed();
      await vi.waitFor(() => expect(proxy.stats()).toMatchObject({ exchangesOpen: 0, upstream: { inFlight: 0 } }));
    });

    test('the death of one side of a tunnel is that of the other', async () => {
      for (const dying of ['client', 'origin'] as const) {
        const opened = await open();
        opened.origin.send(established);
        await opened.client.until(/\r\n\r\n$/);
        opened[dying].socket.resetAndDestroy();
        await opened[dying === 'client' ? 'origin' : 'client'].untilClosed();
        await vi.waitFor(() => expect(opened.proxy.stats().exchangesOpen).toBe(0));
      }
    });

    test('a tunnel on which nothing moves is closed in time', async () => {
      const { client, origin, proxy } = await open({ timeouts: { upgradeIdleMs: 50 } });
      origin.send(established);
      await Promise.all([client.untilClosed(), origin.untilClosed()]);
      await vi.waitFor(() => expect(proxy.stats().exchangesOpen).toBe(0));
    });

    test('a drain waits for tunnels, cuts them when its time is over, and leaves nothing', async () => {
      expectNoResourcesLeft();
      const { client, origin, proxy } = await open();
      origin.send(established);
      await client.until(/\r\n\r\n$/);
      const drained = proxy.drain(200);
      client.send('still here');
      await origin.until(/still here$/);
      expect(await drained).toBe(1);
      await Promise.all([client.untilClosed(), origin.untilClosed()]);
    });

    test('an HTTP/1.0 client gets a tunnel as well', async () => {
      const { client, origin } = await open({}, 'CONNECT db.example:5432 HTTP/1.0\r\n\r\n');
      expect(parseHead(origin.received).values('host')).toEqual(['db.example:5432']);
      origin.send(established);
      await client.until(/^HTTP\/1\.1 200 OK\r\n\r\n$/);
    });
  });

  describe('direct', () => {
    test('connects the target, whoever speaks first', async () => {
      const target = await startRawServer();
      const authority = `127.0.0.1:${target.port}`;
      const { port, proxy } = await front.start({ to: nowhere, connect: { allow: [authority], direct: true } });
      const client = await connectRaw(port);
      client.send(`${connect(authority)}early`);
      const server = logBytes(await target.accept());
      server.send('220 hello\r\n');
      expect(await client.until(/220 hello\r\n$/)).toBe('HTTP/1.1 200 Connection Established\r\n\r\n220 hello\r\n');
      await server.until(/^early$/);
      client.socket.end();
      await server.untilClosed();
      server.send('bye');
      server.socket.end();
      expect(await client.untilClosed()).toMatch(/bye$/);
      await vi.waitFor(() => expect(proxy.stats().exchangesOpen).toBe(0));
    });

    test('serves an HTTP client that has a proxy in its settings', async () => {
      const origin = await startHttpOrigin((req, res) => res.end(`${req.method} ${req.url}`));
      const allowed = [`127.0.0.1:${origin.port}`];
      const { url } = await front.start({ to: nowhere, connect: { allow: allowed, direct: true } });
      const dispatcher = new ProxyAgent({ uri: url, proxyTunnel: true });
      onTestFinished(() => dispatcher.close());
      const { statusCode, body } = await fetchThrough(`${origin.url}/through`, { dispatcher });
      expect([statusCode, await body.text()]).toEqual([200, 'GET /through']);
    });

    test('answers a target that can not be connected, and closes', async () => {
      const gone = await startRawServer();
      await gone.close();
      const target = `127.0.0.1:${gone.port}`;
      const { port, proxy } = await front.start({ to: nowhere, connect: { allow: [target], direct: true } });
      expect(await exchangeRaw(port, connect(target))).toMatch(/^HTTP\/1\.1 502 [^]*SLUICE_CONNECT_REFUSED/);
      await vi.waitFor(() => expect(proxy.stats().exchangesOpen).toBe(0));
    });

    test('close cuts tunnels, and leaves nothing', async () => {
      expectNoResourcesLeft();
      const target = await startRawServer();
      const authority = `127.0.0.1:${target.port}`;
      const { port, proxy } = await front.start({ to: nowhere, connect: { allow: [authority], direct: true } });
      const client = await connectRaw(port);
      client.send(connect(authority));
      await client.until(/\r\n\r\n$/);
      const server = await target.accept();
      const closed = whenClosed(server);
      server.resume();
      await proxy.close();
      server.end();
      await Promise.all([client.untilClosed(), closed]);
    });
  });

  test('middleware sees the target and the credentials, and may answer by itself', async () => {
    const seen: (string | undefined)[] = [];
    const server = await startScriptedOrigin();
    const { port } = await front.start({
      to: server.url,
      connect: { allow },
      middleware: [
        ({ request }, next) => {
          const credentials = request.headers.get('proxy-authorization');
          seen.push(request.method, request.target, credentials);
          if (credentials !== undefined) return next();
          return createResponse({ status: 407, headers: { 'Proxy-Authenticate': 'Basic realm="edge"' } });
        },
      ],
    });
    const refused = parseHead(await exchangeRaw(port, toDatabase));
    expect([refused.startLine, ...refused.values('proxy-authenticate')]).toEqual([
      'HTTP/1.1 407 Proxy Authentication Required',
      'Basic realm="edge"',
    ]);
    const client = await connectRaw(port);
    client.send(connect('db.example:5432', 'Proxy-Authorization: Basic eA==\r\n'));
    const origin = await server.accept();
    expect(await origin.until(/\r\n\r\n$/)).not.toMatch(/proxy-authorization/i);
    expect(seen).toEqual(['CONNECT', 'db.example:5432', undefined, 'CONNECT', 'db.example:5432', 'Basic eA==']);
  });

  test('a success of middleware, which would be no tunnel, is an error instead', async () => {
    const { port } = await front.start({
      to: nowhere,
      connect: { allow },
      middleware: [() => createResponse({ body: 'ok' })],
    });
    expect(await exchangeRaw(port, toDatabase)).toMatch(/^HTTP\/1\.1 500 [^]*SLUICE_INTERNAL/);
  });

  test('ends with the status of its answer', async () => {
    const { client, origin, proxy } = await openExchange(front, toDatabase, { connect: { allow } });
    const statuses: number[] = [];
    proxy.on('exchange-finished', ({ status }) => void statuses.push(status));
    origin.send('HTTP/1.1 299 Fine\r\n\r\n');
    await client.until(/^HTTP\/1\.1 299 Fine\r\n\r\n$/);
    client.socket.end();
    origin.socket.end();
    await client.untilClosed();
    await vi.waitFor(() => expect(statuses).toEqual([299]));
  });
});
