// RFC 9112 sections 6 to 8: how long a body is, on both sides of the proxy. What attackers make of it: test/security.

import { describe, expect, test } from 'vitest';
import { fronts } from '../support/fronts.ts';
import { startHttpOrigin } from '../support/http-origin.ts';
import { exchangeRaw } from '../support/raw-client.ts';
import { openExchange, parseHead, plainAnswer } from '../support/relayed-exchange.ts';

const get = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';
const post = 'POST / HTTP/1.1\r\nHost: a\r\n';

describe.each(fronts)('$name', (front) => {
  test('6.1: a server MUST NOT apply a transfer coding in a response to an HTTP/1.0 client', async () => {
    const { client, origin } = await openExchange(front, 'GET / HTTP/1.0\r\nHost: a\r\n\r\n');
    origin.send('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n');
    const got = await client.untilClosed();
    expect(parseHead(got).values('transfer-encoding')).toEqual([]);
    expect(got).toMatch(/\r\n\r\nhello$/);
  });

  test('6.1: an HTTP/1.0 message with Transfer-Encoding MUST be treated as faulty framing, and the connection closed', async () => {
    const { port } = await front.start({ to: 'http://127.0.0.1:9' });
    const request =
      'POST / HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n';
    expect(await exchangeRaw(port, request)).toMatch(/^HTTP\/1\.1 400 /);
  });

  test('6.2: a sender MUST NOT send Content-Length in a message with Transfer-Encoding', async () => {
    const { client, origin } = await openExchange(
      front,
      `${post}Transfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n`,
    );
    const seen = parseHead(await origin.until(/\r\n0\r\n\r\n$/));
    expect([...seen.values('transfer-encoding'), ...seen.values('content-length')]).toEqual(['chunked']);
    origin.send('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n');
    const got = parseHead(await client.until(/\r\n0\r\n\r\n$/));
    expect([...got.values('transfer-encoding'), ...got.values('content-length')]).toEqual(['chunked']);
  });

  test('6.3, 1: a 304 ends with its head, and its Content-Length is that of the 200 there would have been', async () => {
    const { client, origin } = await openExchange(front, get);
    origin.send('HTTP/1.1 304 Not Modified\r\nContent-Length: 1000\r\n\r\n');
    expect(parseHead(await client.until(/\r\n\r\n$/)).values('content-length')).toEqual(['1000']);
    client.send('GET /next HTTP/1.1\r\nHost: a\r\n\r\n');
    await origin.until(/GET \/next[^]*\r\n\r\n$/);
    origin.send(plainAnswer);
    expect(await client.until(/ok$/)).toMatch(/^HTTP\/1\.1 304 [^]*?\r\n\r\nHTTP\/1\.1 200 OK\r\n[^]*\r\n\r\nok$/);
  });

  test('6.3, 3: a message with both Transfer-Encoding and Content-Length ought to be handled as an error', async () => {
    const { port } = await front.start({ to: 'http://127.0.0.1:9' });
    const request = `${post}Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n`;
    expect(await exchangeRaw(port, request)).toMatch(/^HTTP\/1\.1 400 /);
  });

  test.each(['-1', '1x', '0x10', '1,2', '99999999999999999999', ''])(
    '6.3, 5: a request whose Content-Length is invalid (%j) MUST be answered with 400 and the connection closed',
    async (length) => {
      const { port } = await front.start({ to: 'http://127.0.0.1:9' });
      expect(await exchangeRaw(port, `${post}Content-Length: ${length}\r\n\r\nx`)).toMatch(/^HTTP\/1\.1 400 /);
    },
  );

  test('6.3, 5: a response whose Content-Length is invalid MUST become 502, and its connection is closed', async () => {
    const { client, origin } = await openExchange(front, get);
    origin.send('HTTP/1.1 200 OK\r\nContent-Length: 1x\r\n\r\nhello');
    expect(await client.until(/\r\n\r\n/)).toMatch(/^HTTP\/1\.1 502 /);
    await origin.untilClosed();
    expect(client.received).not.toMatch(/hello/);
  });

  test('6.3, 6: a request that ends before its Content-Length is incomplete: the origin must not take it for whole', async () => {
    const { client, origin } = await openExchange(front, `${post}Content-Length: 10\r\n\r\nhello`);
    await origin.until(/hello$/);
    client.socket.end();
    await origin.untilClosed();
    expect(parseHead(origin.received).values('content-length')).toEqual(['10']);
    expect(origin.received).toMatch(/\r\n\r\nhello$/);
  });

  test('6.3, 7: a request with neither has no body, so the next request follows its head', async () => {
    const requests: string[] = [];
    const origin = await startHttpOrigin((req, res) => {
      let body = '';
      req.on('data', (chunk: Buffer) => (body += chunk.toString()));
      req.on('end', () => {
        requests.push(`${req.method} ${body}`);
        res.end('ok');
      });
    });
    const { port } = await front.start({ to: origin.url });
    expect(await exchangeRaw(port, `${post}\r\nGET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`)).toMatch(
      /ok[^]*ok$/,
    );
    expect(requests.toSorted()).toEqual(['GET ', 'POST ']);
  });

  test('7.1: a recipient MUST be able to parse chunks of any size, in any case, with leading zeros', async () => {
    const body = `A\r\n0123456789\r\n0003\r\nabc\r\n1f\r\n${'x'.repeat(31)}\r\n000\r\n\r\n`;
    const { client, origin } = await openExchange(front, `${post}Transfer-Encoding: chunked\r\n\r\n${body}`);
    expect(dechunk(await origin.until(/\r\n0\r\n\r\n$/))).toBe(`0123456789abc${'x'.repeat(31)}`);
    origin.send(`HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${body}`);
    expect(dechunk(await client.until(/\r\n0\r\n\r\n$/))).toBe(`0123456789abc${'x'.repeat(31)}`);
  });

  test('7.1: a chunk size that overflows an integer must not be misread', async () => {
    const { client, origin } = await openExchange(front, get);
    origin.send('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n10000000000000005\r\nhello\r\n0\r\n\r\n');
    await client.untilClosed();
    expect(client.received).not.toMatch(/hello/);
    await origin.untilClosed();
  });

  test('7.1.1: a recipient MUST ignore unrecognised chunk extensions, and they end here', async () => {
    const body = '5;name=value;quoted="a b"\r\nhello\r\n0;last\r\n\r\n';
    const { client, origin } = await openExchange(front, `${post}Transfer-Encoding: chunked\r\n\r\n${body}`);
    const seen = await origin.until(/\r\n0\r\n\r\n$/);
    expect(dechunk(seen)).toBe('hello');
    expect(seen).not.toMatch(/name|quoted|last/);
    origin.send(`HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${body}`);
    expect(dechunk(await client.until(/\r\n0\r\n\r\n$/))).toBe('hello');
    expect(client.received).not.toMatch(/name|quoted|last/);
  });

  test('7.1.1: the total length of chunk extensions ought to be limited', async () => {
    const { client, origin } = await openExchange(front, get);
    origin.send(`HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;${'x'.repeat(100_000)}\r\nhello\r\n0\r\n\r\n`);
    await client.untilClosed();
    expect(client.received).not.toMatch(/hello/);
  });

  test('7.1.2: a recipient MUST NOT merge a trailer field into the header section', async () => {
    const trailers = '0\r\nX-Sum: 7\r\n\r\n';
    const { client, origin } = await openExchange(
      front,
      `${post}Transfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n${trailers}`,
    );
    expect(parseHead(await origin.until(/X-Sum: 7\r\n\r\n$/)).values('x-sum')).toEqual([]);
    origin.send(`HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n${trailers}`);
    expect(parseHead(await client.until(/X-Sum: 7\r\n\r\n$/)).values('x-sum')).toEqual([]);
  });

  test('8: a chunked body is incomplete without its zero-sized chunk, so the client must not see one', async () => {
    const { client, origin } = await openExchange(front, get);
    origin.send('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n');
    await client.until(/hello/);
    origin.socket.end();
    expect(await client.untilClosed()).not.toMatch(/\r\n0\r\n/);
    expect(client.wasReset).toBe(true);
  });

  test('8: a response whose head is cut is no response: 502', async () => {
    const { startLine } = await answerCut(front);
    expect(startLine).toBe('HTTP/1.1 502 Bad Gateway');
  });
});

async function answerCut(front: (typeof fronts)[number]): Promise<ReturnType<typeof parseHead>> {
  const { client, origin } = await openExchange(front, get);
  origin.send('HTTP/1.1 200 OK\r\nContent-Le');
  origin.socket.end();
  return parseHead(await client.until(/\r\n\r\n/));
}

/** The body of a chunked message without extensions or trailers. */
function dechunk(message: string): string {
  let rest = message.slice(message.indexOf('\r\n\r\n') + 4);
  let body = '';
  for (;;) {
    const line = rest.slice(0, rest.indexOf('\r\n'));
    const size = Number.parseInt(line, 16);
    if (size === 0) return body;
    const start = line.length + 2;
    body += rest.slice(start, start + size);
    rest = rest.slice(start + size + 2);
  }
}
