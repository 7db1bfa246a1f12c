// What Node proxies get wrong about messages, row by row of docs/guide/04-what-a-proxy-must-do.md.

import express from 'express';
import { createProxy } from '@sluice/http';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { fronts } from '../support/fronts.ts';
import { connectRaw } from '../support/raw-client.ts';
import { openExchange } from '../support/relayed-exchange.ts';
import { startScriptedOrigin } from '../support/scripted-origin.ts';
import type { ByteLog } from '../support/byte-log.ts';

describe.each(fronts)('$name', (front) => {
  test('103 Early Hints and other interim responses are relayed', async () => {
    const { client, origin } = await openExchange(front, 'GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    origin.send('HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\n');
    expect(await client.until(/preload\r\n\r\n/)).toMatch(/^HTTP\/1\.1 103 Early Hints\r\nLink: <\/a\.css>/);
    origin.send('HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
    expect(await client.until(/ok$/)).toMatch(/\r\n\r\nHTTP\/1\.1 102 Processing\r\n\r\nHTTP\/1\.1 200 OK\r\n/);
  });

  test('interim responses are not sent to an HTTP/1.0 client', async () => {
    const { client, origin } = await openExchange(front, 'GET / HTTP/1.0\r\nHost: a\r\n\r\n');
    origin.send('HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
    expect(await client.untilClosed()).toMatch(/^HTTP\/1\.[01] 200 OK\r\n/);
  });

  test('response trailers are relayed and announced', async () => {
    const { client, origin } = await openExchange(front, 'GET / HTTP/1.1\r\nHost: a\r\nTE: trailers\r\n\r\n');
    origin.send(
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n3\r\nabc\r\n0\r\nX-Sum: 7\r\n\r\n',
    );
    const got = await client.until(/0\r\n[^]*\r\n\r\n$/);
    expect(got).toMatch(/\r\nTrailer: X-Sum\r\n/);
    expect(got).toMatch(/\r\n3\r\nabc\r\n0\r\nX-Sum: 7\r\n\r\n$/);
  });

  test('the announcement of trailers is dropped where they can not be sent', async () => {
    const { client, origin } = await openExchange(front, 'GET / HTTP/1.0\r\nHost: a\r\n\r\n');
    origin.send(
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n3\r\nabc\r\n0\r\nX-Sum: 7\r\n\r\n',
    );
    const got = await client.untilClosed();
    expect(got).toMatch(/\r\n\r\nabc$/);
    expect(got).not.toMatch(/trailer|x-sum/i);
  });

  test('request trailers are relayed', async () => {
    const { client, origin } = await openExchange(
      front,
      'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n3\r\nabc\r\n0\r\nX-Sum: 7\r\n\r\n',
    );
    const seen = await origin.until(/X-Sum: 7\r\n\r\n$/);
    expect(seen).toMatch(/\r\nTrailer: X-Sum\r\n/);
    expect(seen).toMatch(/\r\n\r\n3\r\nabc\r\n0\r\nX-Sum: 7\r\n\r\n$/);
    origin.send('HTTP/1.1 204 No Content\r\n\r\n');
    await client.until(/204/);
  });

  test('Expect: 100-continue is end to end: the body waits for the origin', async () => {
    const { client, origin } = await openExchange(
      front,
      'POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n',
    );
    expect(origin.received).toMatch(/\r\nExpect: 100-continue\r\n/);
    expect(client.received).toBe('');
    origin.send('HTTP/1.1 100 Continue\r\n\r\n');
    await client.until(/^HTTP\/1\.1 100 Continue\r\n\r\n$/);
    client.send('abc');
    await origin.until(/\r\n\r\nabc$/);
    origin.send('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
    await client.until(/ok$/);
  });

  test('a 417 instead of 100 reaches the client before it has sent anything, and the connection closes', async () => {
    const { client, origin } = await openExchange(
      front,
      'POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n',
    );
    origin.send('HTTP/1.1 417 Expectation Failed\r\nContent-Length: 2\r\n\r\nno');
    const got = await client.untilClosed();
    expect(got).toMatch(/^HTTP\/1\.1 417 Expectation Failed\r\n/);
    expect(got).toMatch(/\r\nConnection: close\r\n/);
    expect(got).toMatch(/no$/);
  });

  test('an endpoint that dies before its 100 leaves the body whole, and another one gets it', async () => {
    const [dying, living] = [await startScriptedOrigin(), await startScriptedOrigin()];
    const retry = { on: ['connect', 'unanswered'] } as const;
    const { port } = await front.start({ to: [dying.url, living.url], retry });
    const client = await connectRaw(port);
    client.send('PUT / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n');
    const first = await dying.accept();
    await first.until(/\r\n\r\n$/);
    first.socket.resetAndDestroy();
    const second = await living.accept();
    await second.until(/\r\nExpect: 100-continue\r\n(?:[^]*\r\n)?\r\n$/);
    second.send('HTTP/1.1 100 Continue\r\n\r\n');
    await client.until(/^HTTP\/1\.1 100 Continue\r\n\r\n$/);
    client.send('abc');
    await second.until(/\r\n\r\nabc$/);
    second.send('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
    await client.until(/ok$/);
  });

  test('an early 413 is relayed while the client still uploads, and the client is not reset', async () => {
    const { client, origin } = await openExchange(
      front,
      'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\nbeginning',
    );
    origin.send('HTTP/1.1 413 Content Too Large\r\nContent-Length: 8\r\nConnection: close\r\n\r\ntoo much');
    await client.until(/too much$/);
    // A socket that is closed takes one more piece and answers it with a reset; the next piece fails.
    for (let piece = 0; piece < 3; piece++) {
      const failure = await new Promise((resolve) => client.socket.write(Buffer.alloc(100_000, 'x'), resolve));
      expect(failure ?? undefined).toBeUndefined();
    }
    await origin.untilClosed();
    expect(client.received).toMatch(/^HTTP\/1\.1 413 Content Too Large\r\n/);
    expect(client.wasReset).toBe(false);
  });

  test('HEAD, 204 and 304 have no body, whatever their fields say', async () => {
    const { client, origin } = await openExchange(front, 'HEAD / HTTP/1.1\r\nHost: a\r\n\r\n');
    origin.send('HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n');
    expect(await client.until(/\r\n\r\n$/)).toMatch(/\r\nContent-Length: 1000\r\n/);
    client.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    await origin.until(/\nGET /);
    origin.send('HTTP/1.1 304 Not Modified\r\nContent-Length: 1000\r\nETag: "x"\r\n\r\n');
    expect(await client.until(/304[^]*\r\n\r\n$/)).toMatch(/\r\nETag: "x"\r\n/);
    client.send('DELETE / HTTP/1.1\r\nHost: a\r\n\r\n');
    await origin.until(/\nDELETE /);
    origin.send('HTTP/1.1 204 No Content\r\n\r\n');
    expect(await client.until(/204[^]*\r\n\r\n$/)).not.toMatch(/204[^]*content-length/i);
  });

  test('bodies of unknown length are relayed chunk by chunk, and until the connection closes', async () => {
    const { client, origin } = await openExchange(front, 'GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    origin.send('HTTP/1.1 200 OK\r\n\r\nfirst');
    await client.until(/\r\n5\r\nfirst\r\n$/);
    origin.send('second');
    await client.until(/\r\n6\r\nsecond\r\n$/);
    origin.socket.end();
    await client.until(/\r\n0\r\n\r\n$/);
  });

  test('a chunked DELETE whose body looks like a request does not smuggle it', async () => {
    const inner = 'GET /admin HTTP/1.1\r\nHost: a\r\n\r\n';
    const { client, origin } = await openExchange(
      front,
      `DELETE /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n${inner.length.toString(16)}\r\n${inner}\r\n0\r\n\r\n`,
    );
    const seen = await origin.until(/0\r\n\r\n$/);
    expect(seen).toMatch(/\r\nTransfer-Encoding: chunked\r\n/);
    expect(seen.endsWith(`\r\n\r\n${inner.length.toString(16)}\r\n${inner}\r\n0\r\n\r\n`)).toBe(true);
    origin.send('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
    await client.until(/ok$/);
  });

  test('a GET without a body is sent without framing, an empty POST with Content-Length: 0', async () => {
    const { client, origin } = await openExchange(front, 'GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    expect(origin.received).not.toMatch(/content-length|transfer-encoding/i);
    origin.send('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
    await client.until(/ok$/);
    client.send('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n');
    expect(await origin.until(/\nPOST [^]*\r\n\r\n$/)).toMatch(/\r\nContent-Length: 0\r\n/);
  });
});

describe('a body already read by a body parser', () => {
  async function startExpress(
    parser: express.RequestHandler,
    keepsBody = true,
  ): Promise<{ port: number; accept: () => Promise<ByteLog> }> {
    const server = await startScriptedOrigin();
    const proxy = createProxy({ to: server.url });
    const app = express().use(parser);
    if (!keepsBody) app.use((req, _res, next) => ((req.body = undefined), next()));
    const listener = createServer(app.use(proxy));
    onTestFinished(async () => {
      await proxy.close();
      listener.closeAllConnections();
      listener.close();
    });
    listener.listen(0, '127.0.0.1');
    await once(listener, 'listening');
    return { port: (listener.address() as AddressInfo).port, accept: server.accept };
  }

  test.each([
    ['express.json()', express.json(), 'application/json', '{ "a" :  1 }', '{"a":1}'],
    ['express.urlencoded()', express.urlencoded(), 'application/x-www-form-urlencoded', 'a=1&b=2', 'a=1&b=2'],
    ['express.text()', express.text(), 'text/plain', 'héllo', 'héllo'],
    ['express.raw()', express.raw(), 'application/octet-stream', 'bytes', 'bytes'],
  ])('%s: it is made again with the right length', async (_name, parser, type, sent, resent) => {
    const { port, accept } = await startExpress(parser);
    const client = await connectRaw(port);
    client.send(
      Buffer.from(
        `POST / HTTP/1.1\r\nHost: a\r\nContent-Type: ${type}\r\nContent-Length: ${Buffer.byteLength(sent)}\r\n\r\n${sent}`,
      ),
    );
    const origin = await accept();
    const bytes = Buffer.from(resent).toString('latin1');
    expect((await origin.until(/\r\n\r\n[^]+$/)).endsWith(`\r\n\r\n${bytes}`)).toBe(true);
    expect(origin.received).toMatch(new RegExp(`\r\nContent-Length: ${bytes.length}\r\n`));
    origin.send('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
    await client.until(/ok$/);
  });

  test('it is refused at once when nothing is left of it', async () => {
    const { port } = await startExpress(express.json(), false);
    const client = await connectRaw(port);
    client.send('POST / HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}');
    expect(await client.until(/\n$/)).toMatch(/^HTTP\/1\.1 500 [^]*SLUICE_BODY_ALREADY_READ/);
  });
});
