// Attack: a client names end-to-end fields in `Connection`, so that the proxy strips what somebody on the way has checked, or has written.
// Impact: authentication and limits that read the field see one request and the origin another; a body without its length becomes a second request.
// Guard: names of fields that make the message what it is, that say who asks, or that proxies write can not be nominated.

import { describe, expect, test } from 'vitest';
import { fronts } from '../support/fronts.ts';
import { headAtClient, headAtOrigin, openExchange, parseHead, plainAnswer } from '../support/relayed-exchange.ts';

const kept = ['Authorization', 'Cookie', 'Content-Type', 'Content-Encoding', 'Cache-Control', 'Range', 'CDN-Loop'];

describe.each(fronts)('$name', (front) => {
  test.each(kept)('%s can not be stripped', async (name) => {
    const { lines } = await headAtOrigin(
      front,
      `GET / HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, ${name.toLowerCase()}\r\n${name}: value\r\n\r\n`,
    );
    expect(lines).toContain(`${name}: value`);
  });

  test('Host can not be stripped', async () => {
    const { values } = await headAtOrigin(front, 'GET / HTTP/1.1\r\nHost: shop.example\r\nConnection: Host\r\n\r\n');
    expect(values('host')).toEqual(['shop.example']);
  });

  test.each([
    ['Content-Length', 'Content-Length: 5\r\n\r\nhello', 'content-length', '5'],
    ['Transfer-Encoding', 'Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n', 'transfer-encoding', 'chunked'],
  ])('%s can not be stripped: the body stays a body', async (name, rest, field, value) => {
    const { client, origin } = await openExchange(
      front,
      `POST / HTTP/1.1\r\nHost: a\r\nConnection: ${name}\r\n${rest}`,
    );
    expect(parseHead(await origin.until(/hello/)).values(field)).toEqual([value]);
    origin.send(plainAnswer);
    await client.until(/ok$/);
  });

  test('Via can not be stripped, so a loop is still noticed', async () => {
    const { values } = await headAtOrigin(
      front,
      'GET / HTTP/1.1\r\nHost: a\r\nVia: 1.1 other\r\nConnection: Via\r\n\r\n',
      { via: 'edge' },
    );
    expect(values('via').join(', ')).toBe('1.1 other, 1.1 edge');
  });

  test('a field that middleware adds can not be stripped by the client', async () => {
    const { values } = await headAtOrigin(
      front,
      'GET / HTTP/1.1\r\nHost: a\r\nConnection: X-User\r\nX-User: root\r\n\r\n',
      {
        middleware: [
          (exchange, next) => {
            exchange.request.headers.set('X-User', 'guest');
            return next();
          },
        ],
      },
    );
    expect(values('x-user')).toEqual(['guest']);
  });

  test('thousands of names in Connection cost no more than their bytes', async () => {
    const names = Array.from({ length: 2_000 }, (_, index) => `x${index}`).join(',');
    const { lines } = await headAtOrigin(
      front,
      `GET / HTTP/1.1\r\nHost: a\r\nX1999: 1\r\nConnection: ${names}\r\nX-End: 1\r\n\r\n`,
    );
    expect(lines).toContain('X-End: 1');
    expect(lines.some((line) => line.startsWith('X1999'))).toBe(false);
  });

  test('an origin can not have Set-Cookie, Cache-Control or the framing stripped from its responses', async () => {
    const fields = 'Connection: Set-Cookie, Cache-Control, Content-Length, Content-Type, Vary';
    const { values } = await headAtClient(
      front,
      `HTTP/1.1 200 OK\r\n${fields}\r\nSet-Cookie: a=b\r\nCache-Control: private\r\nContent-Type: text/html\r\nVary: Cookie\r\nContent-Length: 2\r\n\r\nok`,
    );
    const seen = ['set-cookie', 'cache-control', 'content-type', 'vary', 'content-length'].map((name) =>
      values(name).join(),
    );
    expect(seen).toEqual(['a=b', 'private', 'text/html', 'Cookie', '2']);
  });
});
