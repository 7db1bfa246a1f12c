// Attack: an origin that is broken, or taken over, answers with bytes that the proxy and the client read differently, or that answer a request
// nobody has sent yet.
// Impact: one user gets the answer of another; caches are poisoned.
// Guard: ambiguous responses become 502, a connection with bytes nobody asked for is closed, framing is written anew towards the client.

import { createHeaderList } from '@sluice/http';
import { describe, expect, test, vi } from 'vitest';
import { fronts } from '../support/fronts.ts';
import { openExchange } from '../support/relayed-exchange.ts';
import { connectRaw } from '../support/raw-client.ts';
import { startScriptedOrigin } from '../support/scripted-origin.ts';

const refused: Readonly<Record<string, string>> = {
  'CL with TE': 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
  'differing lengths': 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!',
  'a length that is no number': 'HTTP/1.1 200 OK\r\nContent-Length: 5x\r\n\r\nhello',
  'a coding before chunked': 'HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n',
  'a folded line': 'HTTP/1.1 200 OK\r\nX: y\r\n z\r\nContent-Length: 0\r\n\r\n',
  'a bare LF': 'HTTP/1.1 200 OK\nContent-Length: 0\n\n',
  'a bare CR in a value': 'HTTP/1.1 200 OK\r\nX: a\rSet-Cookie: b\r\nContent-Length: 0\r\n\r\n',
  'a NUL in a value': 'HTTP/1.1 200 OK\r\nX: a\0b\r\nContent-Length: 0\r\n\r\n',
  'a space before the colon': 'HTTP/1.1 200 OK\r\nContent-Length : 0\r\n\r\n',
  'a name that is no token': 'HTTP/1.1 200 OK\r\nX(Y): 0\r\nContent-Length: 0\r\n\r\n',
  'a status that is no number': 'HTTP/1.1 2OO OK\r\nContent-Length: 0\r\n\r\n',
  'another protocol': 'SSH-2.0-OpenSSH_9.2\r\n',
  'a switch of protocols that nobody asked for': 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n',
  'a head over the limit': `HTTP/1.1 200 OK\r\nX: ${'y'.repeat(70_000)}\r\n\r\n`,
  'too many fields': `HTTP/1.1 200 OK\r\n${'X: y\r\n'.repeat(300)}\r\n`,
};

describe.each(fronts.slice(0, 2))('$name', (front) => {
  test.each(Object.entries(refused))('%s becomes 502', async (_title, answer) => {
    const { client, origin } = await openExchange(front, 'GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    origin.send(answer);
    expect(await client.until(/SLUICE_RESPONSE_INVALID/)).toMatch(/^HTTP\/1\.1 502 Bad Gateway/);
    await origin.untilClosed();
  });

  test('a second response behind the first is not given to the next request', async () => {
    const server = await startScriptedOrigin();
    // It must not be its idle time that closes the connection.
    const { port } = await front.start({ to: server.url, wire: { pool: { idleTimeoutMs: 60_000 } } });
    const client = await connectRaw(port);
    client.send('GET /one HTTP/1.1\r\nHost: a\r\n\r\n');
    const first = await server.accept();
    await first.until(/\r\n\r\n/);
    first.send('HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\noneHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil');
    await client.until(/one$/);
    await first.untilClosed();
    client.send('GET /two HTTP/1.1\r\nHost: a\r\n\r\n');
    const second = await server.accept();
    await second.until(/GET \/two/);
    second.send('HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\ntwo');
    expect(await client.until(/two$/)).not.toMatch(/evil/);
  });

  test('trailers that name framing or routing fields are dropped', async () => {
    const { client, origin } = await openExchange(front, 'GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    origin.send(
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nContent-Length: 9\r\nSet-Cookie: a=b\r\nX-Sum: 1\r\n\r\n',
    );
    const got = await client.until(/\r\n0\r\n[^]*\r\n\r\n$/);
    expect(got).toMatch(/\r\n0\r\nX-Sum: 1\r\n\r\n$/);
  });

  test('middleware can not be made to write a line break', async () => {
    const server = await startScriptedOrigin();
    const { port } = await front.start({
      to: server.url,
      middleware: [
        async (exchange, next) => {
          const response = await next();
          response.headers.set('X-Path', decodeURIComponent(exchange.request.target));
          return response;
        },
      ],
    });
    const client = await connectRaw(port);
    client.send('GET /%0d%0aSet-Cookie:%20evil HTTP/1.1\r\nHost: a\r\n\r\n');
    const origin = await server.accept();
    await origin.until(/\r\n\r\n/);
    origin.send('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
    const got = await client.until(/SLUICE_INTERNAL/);
    expect(got).toMatch(/^HTTP\/1\.1 500 /);
    expect(got).not.toMatch(/evil/);
  });
});

const upgrade = 'GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n';

test.each(fronts)('$name: nor into the head of a switch of protocols', async (front) => {
  const { client, origin, proxy } = await openExchange(front, upgrade, {
    middleware: [
      async (_exchange, next) => {
        const fields = ['Upgrade', 'websocket', 'X-Path', 'a\r\nSet-Cookie: evil'];
        return { ...(await next()), headers: createHeaderList(fields) };
      },
    ],
  });
  origin.send('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
  expect(await client.untilClosed()).toBe('');
  await origin.untilClosed();
  await vi.waitFor(() => expect(proxy.stats()).toMatchObject({ exchangesOpen: 0, upstream: { inFlight: 0 } }));
});
