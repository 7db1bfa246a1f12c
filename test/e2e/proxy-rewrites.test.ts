// What an option changes in responses on their way, and in the host that origins hear: nothing else changes, and nothing changes unasked but redirects to the origin itself.

import type { HostPolicy, ResponseFieldOptions } from '@sluice/http';
import { describe, expect, test } from 'vitest';
import { fronts } from '../support/fronts.ts';
import { headAtOrigin, openExchange, parseHead, type MessageHead } from '../support/relayed-exchange.ts';

const get = 'GET / HTTP/1.1\r\nHost: shop.example\r\n\r\n';

describe.each(fronts)('$name', (front) => {
  /** What the client gets of these fields; `ORIGIN` stands for the origin's own authority. */
  async function rewrite(fields: string, response?: ResponseFieldOptions): Promise<MessageHead> {
    const { client, origin, server } = await openExchange(front, get, response === undefined ? {} : { response });
    const own = fields.replaceAll('ORIGIN', `127.0.0.1:${server.port}`);
    origin.send(`HTTP/1.1 201 Created\r\n${own}Content-Length: 2\r\n\r\nok`);
    return parseHead(await client.until(/ok$/));
  }

  test.each([
    ['http://ORIGIN/a?b#c', 'http://shop.example/a?b#c'],
    ['HTTP://ORIGIN', 'http://shop.example'],
    ['//ORIGIN/a', 'http://shop.example/a'],
    ['/a', '/a'],
    ['a/b', 'a/b'],
    ['http://elsewhere.example/', 'http://elsewhere.example/'],
  ])('Location: %s becomes %s', async (location, expected) => {
    const { values } = await rewrite(`Location: ${location}\r\nContent-Location: ${location}\r\n`);
    expect(values('location')).toEqual([expected]);
    expect(values('content-location')).toEqual(values('location'));
  });

  test.each(['http://ORIGIN.evil.example/', 'http://ORIGIN@evil.example/', 'http://evil.example/?http://ORIGIN/'])(
    'Location: %s names another host, and stays',
    async (location) => {
      const { values } = await rewrite(`Location: ${location}\r\n`);
      expect(values('location')).toEqual([expect.stringMatching(/127\.0\.0\.1.*evil|evil.*127\.0\.0\.1/)]);
    },
  );

  test('Refresh is rewritten like Location', async () => {
    const { values } = await rewrite('Refresh: 5; url=http://ORIGIN/next\r\n');
    expect(values('refresh')).toEqual(['5; url=http://shop.example/next']);
  });

  test('location: false leaves them alone', async () => {
    const { values } = await rewrite('Location: http://ORIGIN/\r\n', { location: false });
    expect(values('location')).toEqual([expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/$/)]);
  });

  test('prefixes map internal URLs to ours, the longest first, and never into another host', async () => {
    const prefixes = { 'http://internal.example': '', 'http://internal.example/app': '/shop' };
    const location = async (url: string): Promise<string | undefined> =>
      (await rewrite(`Location: ${url}\r\n`, { location: { prefixes } })).values('location')[0];
    expect(await location('http://internal.example/app/cart')).toBe('/shop/cart');
    expect(await location('http://internal.example/apple')).toBe('/apple');
    expect(await location('http://internal.example.evil/app')).toBe('http://internal.example.evil/app');
    expect(await location('http://internal.example//evil.example/')).toBe('/evil.example/');
  });

  test('a redirect behind a trusted proxy leads to the host that the client used', async () => {
    const request = get.replace('\r\n\r\n', '\r\nX-Forwarded-Proto: https\r\nX-Forwarded-For: 1.2.3.4\r\n\r\n');
    const { client, origin, server } = await openExchange(front, request, { trustedProxies: ['loopback'] });
    origin.send(`HTTP/1.1 302 Found\r\nLocation: ${server.url}/login\r\nContent-Length: 2\r\n\r\nok`);
    expect(parseHead(await client.until(/ok$/)).values('location')).toEqual(['https://shop.example/login']);
  });

  test('cookies pass verbatim by default', async () => {
    const cookies = ['a=1; Domain=internal.example; Path=/app; HttpOnly', 'b="2"; path=/; Unknown=x', 'c'];
    const { values } = await rewrite(cookies.map((cookie) => `Set-Cookie: ${cookie}\r\n`).join(''));
    expect(values('set-cookie')).toEqual(cookies);
  });

  test('cookies get another domain and path when asked, and keep the rest', async () => {
    const cookies = [
      'a=1; Domain=.Internal.example; Path=/app/x; Secure',
      'b=2; path=/apple',
      '__Host-c=3; Path=/; Secure',
    ];
    const { values } = await rewrite(cookies.map((cookie) => `Set-Cookie: ${cookie}\r\n`).join(''), {
      cookies: { domain: { 'internal.example': 'shop.example' }, path: { '/app': '/' } },
    });
    expect(values('set-cookie')).toEqual([
      'a=1; Domain=shop.example; Path=/x; Secure',
      'b=2; path=/apple',
      '__Host-c=3; Path=/; Secure',
    ]);
  });

  test('domain: false binds cookies to the host that the client sees', async () => {
    const { values } = await rewrite('Set-Cookie: a=1; Domain=internal.example; Secure\r\n', {
      cookies: { domain: false },
    });
    expect(values('set-cookie')).toEqual(['a=1; Secure']);
  });

  test('Server and X-Powered-By pass unless they are hidden', async () => {
    const fields = 'Server: Apache/2.4\r\nx-powered-by: PHP\r\nX-Other: 1\r\n';
    expect((await rewrite(fields)).lines).toEqual(expect.arrayContaining(fields.trimEnd().split('\r\n')));
    const { values } = await rewrite(fields, { hide: ['Server', 'X-Powered-By'] });
    expect([...values('server'), ...values('x-powered-by'), ...values('x-other')]).toEqual(['1']);
  });

  test.each<[HostPolicy, RegExp]>([
    ['preserve', /^shop\.example$/],
    ['endpoint', /^127\.0\.0\.1:\d+$/],
    ['internal.example', /^internal\.example$/],
  ])('host: %s', async (host, expected) => {
    const head = await headAtOrigin(front, get, { host });
    expect(head.values('host')).toEqual([expect.stringMatching(expected)]);
    // Whatever the origin is told, it can know what the client asked for.
    expect(head.values('x-forwarded-host')).toEqual(['shop.example']);
  });
});
