// The proxy does not depend on what carries its requests: the same behaviour over our own transport and over undici, except where a reason is given.

import { createHash, randomBytes } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { describe, expect, test, vi } from 'vitest';
import { fronts } from '../support/fronts.ts';
import { startHttpOrigin } from '../support/http-origin.ts';
import { connectRaw, exchangeRaw } from '../support/raw-client.ts';
import { headAtClient, headAtOrigin, openExchange, plainAnswer } from '../support/relayed-exchange.ts';
import { startScriptedOrigin } from '../support/scripted-origin.ts';
import { transports } from '../support/transports.ts';

const [front] = fronts;
if (front === undefined) throw new Error('no front');
const get = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';

describe.each(transports)('$name', ({ create, lacks }) => {
  test('fields and target reach the origin as they are, hop-by-hop ones do not', async () => {
    const lines = ['host: shop.example', 'X-b: 1', 'Accept: x', 'X-B: 2', 'cookie: c=1', 'Cookie: d=2'];
    const hops = 'Connection: X-Hop\r\nX-Hop: 1\r\nKeep-Alive: timeout=9\r\n';
    const request = `GET /a/./b//c%2fd/../e%7e?x=%41 HTTP/1.1\r\n${lines.join('\r\n')}\r\n${hops}\r\n`;
    const head = await headAtOrigin(front, request, { transport: create() });
    expect(head.startLine).toBe('GET /a/./b//c%2fd/../e%7e?x=%41 HTTP/1.1');
    expect(head.lines.filter((line) => lines.includes(line))).toEqual(lines);
    expect(head.lines.join('\n')).not.toMatch(/x-hop|timeout=9/i);
  });

  test('fields of the response keep order, case and duplicates', async () => {
    const lines = ['set-cookie: a=1', 'X-Z: 1', 'Set-Cookie: b=2', 'x-z: 2', 'X-Bytes: caf\xe9'];
    const head = await headAtClient(
      front,
      `HTTP/1.1 200 Fine By Me\r\n${lines.join('\r\n')}\r\nContent-Length: 2\r\n\r\nok`,
      {
        transport: create(),
      },
    );
    expect(head.startLine).toBe('HTTP/1.1 200 Fine By Me');
    expect(head.lines.slice(0, lines.length)).toEqual(lines);
  });

  test('interim responses and trailers of the response are relayed', async () => {
    const { client, origin } = await openExchange(front, get, { transport: create() });
    origin.send('HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n');
    await client.until(/^HTTP\/1\.1 103 Early Hints\r\nLink: <\/a>\r\n\r\n$/);
    origin.send(
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n2\r\nok\r\n0\r\nX-Sum: 7\r\n\r\n',
    );
    await client.until(/\r\n2\r\nok\r\n0\r\nX-Sum: 7\r\n\r\n$/);
  });

  test('trailers of the request are relayed', async ({ skip }) => {
    skip(lacks['request trailers'] !== undefined, lacks['request trailers']);
    const body = '2\r\nhi\r\n0\r\nX-Sum: 7\r\n\r\n';
    const request = `POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n${body}`;
    const { client, origin } = await openExchange(front, request, { transport: create() });
    await origin.until(/\r\n0\r\nX-Sum: 7\r\n\r\n$/);
    origin.send(plainAnswer);
    await client.until(/ok$/);
  });

  test('the content of a 100-continue request arrives when the origin has asked for it, or the proxy where it can not be asked', async () => {
    const server = await startScriptedOrigin();
    const { port } = await front.start({ to: server.url, transport: create() });
    const client = await connectRaw(port);
    client.send('POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n');
    const origin = await server.accept();
    if (lacks.expectations === undefined) {
      await origin.until(/\r\nExpect: 100-continue\r\n(?:[^]*\r\n)?\r\n$/);
      origin.send('HTTP/1.1 100 Continue\r\n\r\n');
    }
    await client.until(/^HTTP\/1\.1 100 Continue\r\n\r\n$/);
    client.send('hello');
    await origin.until(/hello$/);
    origin.send(plainAnswer);
    await client.until(/ok$/);
  });

  test('bodies arrive as they were sent, both ways and many at once', async () => {
    const origin = await startHttpOrigin((req, res) => void buffer(req).then((body) => res.end(body)));
    const { url } = await front.start({ to: origin.url, transport: create() });
    const echo = async (size: number): Promise<void> => {
      const body = randomBytes(size);
      const response = await fetch(url, { method: 'PUT', body });
      const hash = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
      expect(hash(new Uint8Array(await response.arrayBuffer()))).toBe(hash(body));
    };
    await Promise.all([1, 100, 10_000, 65_536, 1_000_000, 5_000_000].map(echo));
  });

  test('events leave one by one', async () => {
    const { client, origin } = await openExchange(front, get, { transport: create() });
    origin.send('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n');
    await client.until(/\r\n\r\n$/);
    for (const event of ['one', 'two']) {
      origin.send(`3\r\n${event}\r\n`);
      await client.until(new RegExp(`3\r\n${event}\r\n$`));
    }
  });

  test('an upgrade becomes a tunnel, and a refusal is relayed', async () => {
    const request = 'GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n';
    const tunnel = await openExchange(front, `${request}early`, { transport: create() });
    tunnel.origin.send('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\nhello');
    await tunnel.client.until(/^HTTP\/1\.1 101 [^]*hello$/);
    await tunnel.origin.until(/early$/);
    const refused = await openExchange(front, request, { transport: create() });
    refused.origin.send('HTTP/1.1 401 Unauthorized\r\nContent-Length: 2\r\n\r\nno');
    expect(await refused.client.until(/no$/)).toMatch(/^HTTP\/1\.1 401 /);
  });

  test('a client that goes away cancels the work for it', async () => {
    const { client, origin, proxy } = await openExchange(front, get, { transport: create() });
    client.socket.destroy();
    await origin.untilClosed();
    await vi.waitFor(() => expect(proxy.stats()).toMatchObject({ exchangesOpen: 0, upstream: { inFlight: 0 } }));
    expect(proxy.stats().upstream.endpoints[0]).toMatchObject({ failed: 0, cancelled: 1 });
  });

  test('an origin that dies in the middle of a body aborts the client', async () => {
    const { client, origin, proxy } = await openExchange(front, get, { transport: create() });
    origin.send('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n');
    await client.until(/half/);
    origin.socket.destroy();
    expect(await client.untilClosed()).not.toMatch(/\r\n0\r\n/);
    expect(client.wasReset).toBe(true);
    expect(proxy.stats().upstream.endpoints[0]).toMatchObject({ failed: 1 });
  });

  test('an endpoint that refuses is passed over, and one that is silent times out', async () => {
    const gone = await startScriptedOrigin();
    await gone.close();
    const alive = await startHttpOrigin((_req, res) => res.end('alive'));
    const request = 'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n';
    const balanced = await front.start({ to: [gone.url, alive.url], transport: create() });
    expect(await exchangeRaw(balanced.port, request)).toMatch(/alive$/);
    const refused = await front.start({ to: gone.url, transport: create() });
    expect(await exchangeRaw(refused.port, request)).toMatch(/^HTTP\/1\.1 502 [^]*SLUICE_CONNECT_REFUSED/);
    const { client } = await openExchange(front, get, { transport: create(), timeouts: { responseHeadMs: 50 } });
    expect(await client.until(/SLUICE_/)).toMatch(/^HTTP\/1\.1 504 [^]*SLUICE_RESPONSE_TIMEOUT/);
  });

  test('a GET on a connection that had gone stale is sent again', async ({ skip }) => {
    skip(lacks['stale connections'] !== undefined, lacks['stale connections']);
    const { client, origin, server } = await openExchange(front, get, { transport: create() });
    origin.send(plainAnswer);
    await client.until(/ok$/);
    client.send(get);
    await origin.until(/GET [^]*GET /);
    origin.socket.resetAndDestroy();
    const second = await server.accept();
    await second.until(/\r\n\r\n$/);
    second.send(plainAnswer);
    await client.until(/ok[^]*ok$/);
  });

  test.each([
    ['both framings', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'],
    ['differing lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!'],
    ['a length that is no number', 'HTTP/1.1 200 OK\r\nContent-Length: 5x\r\n\r\nhello'],
    ['a NUL in a value', 'HTTP/1.1 200 OK\r\nX: a\0b\r\nContent-Length: 0\r\n\r\n'],
    ['a bare CR in a value', 'HTTP/1.1 200 OK\r\nX: a\rSet-Cookie: b\r\nContent-Length: 0\r\n\r\n'],
    ['a space before the colon', 'HTTP/1.1 200 OK\r\nContent-Length : 0\r\n\r\n'],
    ['another protocol', 'SSH-2.0-OpenSSH_9.2\r\n'],
  ])('a response with %s becomes 502', async (_what, answer) => {
    const { client, origin } = await openExchange(front, get, { transport: create() });
    origin.send(answer);
    expect(await client.until(/SLUICE_/)).toMatch(/^HTTP\/1\.1 502 [^]*SLUICE_RESPONSE_INVALID/);
  });

  test('a second response behind the first is not given to the next request', async () => {
    const server = await startScriptedOrigin();
    const { port } = await front.start({ to: server.url, transport: create() });
    const client = await connectRaw(port);
    client.send(get);
    const first = await server.accept();
    await first.until(/\r\n\r\n/);
    first.send('HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\noneHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil');
    await client.until(/one$/);
    client.send(get);
    const second = await server.accept();
    await second.until(/\r\n\r\n/);
    second.send('HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\ntwo');
    expect(await client.until(/two$/)).not.toMatch(/evil/);
  });
});
