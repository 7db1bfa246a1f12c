// The proxy's own listener: what one client may cost it, TLS, Unix sockets, and several listeners on one port.

import { createProxy, createResponse, type ListenerLimits, type ListenOptions } from '@sluice/http';
import { request as requestTls } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { createCertificateAuthority } from '../support/certificates.ts';
import { startHttpOrigin } from '../support/http-origin.ts';
import { connectRaw, exchangeRaw } from '../support/raw-client.ts';
import { startScriptedOrigin } from '../support/scripted-origin.ts';

async function listen(options: ListenOptions = {}) {
  const origin = await startHttpOrigin((req, res) => {
    void text(req)
      .then((body) => res.end(`got ${body.length}`))
      .catch(() => res.destroy());
  });
  const proxy = createProxy({ to: origin.url });
  onTestFinished(() => proxy.close());
  return { proxy, listening: await proxy.listen(options) };
}

const get = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';
const lastGet = 'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n';

describe('limits', () => {
  const cases: Readonly<Record<string, readonly [ListenerLimits, request: string, answer: RegExp]>> = {
    'the bytes of a head': [
      { maxHeadBytes: 100 },
      `GET / HTTP/1.1\r\nX: ${'y'.repeat(100)}\r\n\r\n`,
      /^HTTP\/1\.1 431 /,
    ],
    'the field lines': [{ maxFields: 2 }, 'GET / HTTP/1.1\r\nHost: a\r\nB: 1\r\nC: 1\r\n\r\n', /^HTTP\/1\.1 431 /],
    'the target': [{ maxTargetBytes: 10 }, 'GET /0123456789 HTTP/1.1\r\nHost: a\r\n\r\n', /^HTTP\/1\.1 414 /],
    'a body that says how long it is': [
      { maxBodyBytes: 4 },
      'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello',
      /^HTTP\/1\.1 413 [^]*SLUICE_BODY_TOO_LARGE/,
    ],
    'a body that does not': [
      { maxBodyBytes: 4 },
      'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n',
      /^HTTP\/1\.1 413 [^]*SLUICE_BODY_TOO_LARGE/,
    ],
  };

  test.each(Object.entries(cases))('%s', async (_what, [limits, request, answer]) => {
    const { listening } = await listen({ limits });
    expect(await exchangeRaw(listening.port, request)).toMatch(answer);
    expect(await exchangeRaw(listening.port, lastGet)).toMatch(/got 0$/);
    expect(Object.values(listening.stats().requestsRefused).reduce((sum, count) => sum + count, 0)).toBeLessThan(2);
  });

  test('requests on one connection: the last one says so', async () => {
    const { listening } = await listen({ limits: { maxRequestsPerConnection: 2 } });
    const answers = await exchangeRaw(listening.port, `${get}${get}${get}`);
    expect(answers.match(/HTTP\/1\.1 200 /g)).toHaveLength(2);
    expect(answers.match(/Connection: close/gi)).toHaveLength(1);
  });

  test.each([{ maxConnections: 2 }, { maxConnectionsPerAddress: 2 }])('open connections: %o', async (limits) => {
    const { listening } = await listen({ limits });
    const clients = [await connectRaw(listening.port), await connectRaw(listening.port)];
    await vi.waitFor(() => expect(listening.stats().connectionsOpen).toBe(2));
    const third = await connectRaw(listening.port);
    await third.untilClosed();
    expect(listening.stats()).toMatchObject({ connectionsOpen: 2, connectionsRefused: 1 });
    clients[0]?.socket.destroy();
    await vi.waitFor(() => expect(listening.stats().connectionsOpen).toBe(1));
    expect(await exchangeRaw(listening.port, lastGet)).toMatch(/got 0$/);
  });

  test('connections whose TLS handshake is not over count as well', async () => {
    const identity = createCertificateAuthority().issue(['localhost']);
    const { listening } = await listen({ tls: identity, limits: { maxConnectionsPerAddress: 2 } });
    const clients = [await connectRaw(listening.port), await connectRaw(listening.port)];
    await vi.waitFor(() => expect(listening.stats().connectionsOpen).toBe(2));
    expect(await exchangeRaw(listening.port, '\x16\x03\x01')).toBe('');
    expect(listening.stats()).toMatchObject({ connectionsOpen: 2, connectionsRefused: 1 });
    for (const { socket } of clients) socket.resetAndDestroy();
    await vi.waitFor(() => expect(listening.stats().connectionsOpen).toBe(0));
  });

  test('a tunnel counts as long as it lasts', async () => {
    const origin = await startScriptedOrigin();
    const proxy = createProxy({ to: origin.url });
    onTestFinished(() => proxy.close());
    const listening = await proxy.listen({ limits: { maxConnectionsPerAddress: 1 } });
    const client = await connectRaw(listening.port);
    client.send('GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n');
    const tunnel = await origin.accept();
    await tunnel.until(/\r\n\r\n$/);
    tunnel.send('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n');
    await client.until(/101 [^]*\r\n\r\n/);
    expect(await exchangeRaw(listening.port, lastGet)).toBe('');
    expect(listening.stats()).toMatchObject({ connectionsOpen: 1, connectionsRefused: 1 });
    client.socket.destroy();
    tunnel.socket.destroy();
    await vi.waitFor(() => expect(listening.stats().connectionsOpen).toBe(0));
  });

  test('the rate of a body: one that drips is answered with 408', async () => {
    const { listening, proxy } = await listen();
    const client = await connectRaw(listening.port);
    client.send('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n');
    while (!client.received.includes('\r\n\r\n') && !client.isClosed) {
      client.send('y');
      await sleep(50);
    }
    expect(client.received).toMatch(/^HTTP\/1\.1 408 [^]*SLUICE_REQUEST_TIMEOUT/);
    await vi.waitFor(() => expect(proxy.stats()).toMatchObject({ exchangesOpen: 0, upstream: { inFlight: 0 } }));
  });
});

test('what waits behind a body that nobody wanted is read in its order, however it was cut', async () => {
  const seen: string[] = [];
  const proxy = createProxy({
    to: 'http://127.0.0.1:9',
    middleware: [
      async ({ request }) => {
        seen.push(`${request.method} ${request.target}`);
        await sleep(30);
        return createResponse({ body: 'early' });
      },
    ],
  });
  onTestFinished(() => proxy.close());
  const client = await connectRaw((await proxy.listen()).port);
  client.send(`POST /first HTTP/1.1\r\nHost: a\r\nContent-Length: 8000\r\n\r\n${'x'.repeat(5000)}`);
  await sleep(5);
  client.send(`${'x'.repeat(3000)}GET /second HTT`);
  await sleep(5);
  client.send('P/1.1\r\nHost: a\r\n\r\nGET /third HTTP/1.1\r\nHost: a\r\nConnection: clo');
  await sleep(5);
  client.send('se\r\n\r\n');
  expect((await client.untilClosed()).match(/early/g)).toHaveLength(3);
  expect(seen).toEqual(['POST /first', 'GET /second', 'GET /third']);
});

test('a version that does not exist is refused and counted', async () => {
  const { listening } = await listen();
  expect(await exchangeRaw(listening.port, 'GET / HTTP/2.0\r\n\r\n')).toMatch(/^HTTP\/1\.1 505 /);
  expect(listening.stats().requestsRefused).toEqual({ SLUICE_VERSION_UNSUPPORTED: 1 });
});

test('what is wrong with the rest of a body that nobody wanted is counted, and ends the connection', async () => {
  const proxy = createProxy({ to: 'http://127.0.0.1:9', middleware: [() => createResponse({ body: 'early' })] });
  onTestFinished(() => proxy.close());
  const listening = await proxy.listen();
  const client = await connectRaw(listening.port);
  client.send('POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel');
  await client.until(/early$/);
  client.send('loX');
  expect(await client.untilClosed()).toMatch(/early$/);
  expect(listening.stats().requestsRefused).toEqual({ SLUICE_FRAMING_INVALID: 1 });
});

describe.each(['wire', 'node'] as const)('front %s', (front) => {
  const chunked = 'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n';
  const refused: Readonly<Record<string, readonly [request: string, code: string]>> = {
    'a folded line': ['GET / HTTP/1.1\r\nHost: a\r\n folded\r\n\r\n', 'SLUICE_FRAMING_INVALID'],
    'two framings': [chunked.replace('\r\n\r\n', '\r\nContent-Length: 1\r\n\r\n'), 'SLUICE_FRAMING_INVALID'],
    'no Host': ['GET / HTTP/1.1\r\n\r\n', 'SLUICE_FRAMING_INVALID'],
    'a target that is none': ['GET * HTTP/1.1\r\nHost: a\r\n\r\n', 'SLUICE_TARGET_INVALID'],
    CONNECT: ['CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n', 'SLUICE_CONNECT_DISABLED'],
    'a chunk without a size': [`${chunked}x\r\n`, 'SLUICE_FRAMING_INVALID'],
  };

  test.each(Object.entries(refused))(
    'is refused, counted by reason, answered with a date, and closed: %s',
    async (_what, [request, code]) => {
      const { listening } = await listen({ front });
      const client = await connectRaw(listening.port);
      client.send(request);
      const answer = await client.untilClosed();
      expect(answer).toMatch(/^HTTP\/1\.1 4\d\d [^]*\r\nDate: [^]*\r\n\r\n/);
      expect(answer).toContain(code);
      client.socket.end();
      await vi.waitFor(() =>
        expect(listening.stats()).toMatchObject({ requestsRefused: { [code]: 1 }, connectionsOpen: 0 }),
      );
    },
  );

  test('no field line is dropped without a word, however many there are', async () => {
    const origin = await startScriptedOrigin();
    const proxy = createProxy({ to: origin.url });
    onTestFinished(() => proxy.close());
    const { port } = await proxy.listen({ front, limits: { maxFields: 5_000 } });
    const client = await connectRaw(port);
    client.send(`GET / HTTP/1.1\r\nHost: a\r\n${'A: 1\r\n'.repeat(3_000)}\r\n`);
    const request = await origin.accept();
    await request.until(/\r\n\r\n$/);
    expect(request.received.match(/^A: 1\r$/gm)).toHaveLength(3_000);
  });

  test('a client that was refused CONNECT and stays does not hold up the end', async () => {
    const { listening, proxy } = await listen({ front });
    const client = await connectRaw(listening.port);
    client.send('CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n');
    await client.until(/405 [^]*\r\n\r\n/);
    await proxy.close();
    await vi.waitFor(() => expect(listening.stats().connectionsOpen).toBe(0));
  });

  test('serves TLS', async () => {
    const authority = createCertificateAuthority();
    const { listening } = await listen({ front, tls: authority.issue(['localhost']) });
    expect(listening.url).toMatch(/^https:/);
    const body = await new Promise<string>((resolve, reject) => {
      const request = requestTls(
        listening.url,
        { ca: authority.cert, servername: 'localhost', method: 'POST', agent: false },
        (response) => {
          resolve(text(response));
        },
      );
      request.on('error', reject).end('hello');
    });
    expect(body).toBe('got 5');
    await vi.waitFor(() => expect(listening.stats()).toMatchObject({ connectionsAccepted: 1, connectionsOpen: 0 }));
  });

  test('a client that never finishes its TLS handshake does not hold up the end', async () => {
    const identity = createCertificateAuthority().issue(['localhost']);
    const { listening, proxy } = await listen({ front, tls: identity });
    const client = await connectRaw(listening.port);
    client.send('\x16\x03\x01');
    await sleep(20);
    await proxy.close();
    expect(await client.untilClosed()).toBe('');
  });

  test('serves a Unix socket', async () => {
    const path = join(tmpdir(), `sluice-${process.pid}-${front}.sock`);
    const { listening } = await listen({ front, path });
    expect(listening).toMatchObject({ url: `unix:${path}`, port: 0 });
    expect(await exchangeRaw(path, lastGet)).toMatch(/got 0$/);
  });

  test('lets another listener have the same port when both ask for it', async () => {
    const { listening } = await listen({ front, reusePort: true });
    const { listening: other } = await listen({ front, reusePort: true, port: listening.port });
    await Promise.all(Array.from({ length: 40 }, () => exchangeRaw(listening.port, lastGet)));
    const accepted = [listening, other].map((one) => one.stats().connectionsAccepted);
    expect(accepted.reduce((sum, count) => sum + count)).toBe(40);
    expect(Math.min(...accepted)).toBeGreaterThan(0);
  });
});
