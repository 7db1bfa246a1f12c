// RFC 9110 sections 7.8, 9, 10.1.1 and 15: methods, expectations, upgrades and interim responses through an intermediary.

import { describe, expect, test } from 'vitest';
import { fronts } from '../support/fronts.ts';
import { headAtClient, headAtOrigin, openExchange, parseHead, plainAnswer } from '../support/relayed-exchange.ts';

const get = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';

describe.each(fronts)('$name', (front) => {
  test.each(['GET', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND', 'QUERY'])(
    '9.1: the method %s reaches the origin',
    async (method) => {
      const { startLine } = await headAtOrigin(front, `${method} /x HTTP/1.1\r\nHost: a\r\n\r\n`);
      expect(startLine).toBe(`${method} /x HTTP/1.1`);
    },
  );

  test('9.3.1: content in a GET is relayed with its framing, not dropped into the next request', async () => {
    const { client, origin } = await openExchange(front, 'GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello');
    expect(parseHead(await origin.until(/hello$/)).values('content-length')).toEqual(['5']);
    origin.send(plainAnswer);
    await client.until(/ok$/);
  });

  test('9.3.2: a response to HEAD has the fields of the GET and no content, and the connection goes on', async () => {
    const { client, origin } = await openExchange(front, 'HEAD / HTTP/1.1\r\nHost: a\r\n\r\n');
    origin.send('HTTP/1.1 200 OK\r\nContent-Length: 1234\r\nContent-Type: text/html\r\n\r\n');
    const { values } = parseHead(await client.until(/\r\n\r\n$/));
    expect([...values('content-length'), ...values('content-type')]).toEqual(['1234', 'text/html']);
    client.send(get);
    await origin.until(/GET [^]*\r\n\r\n$/);
    origin.send(plainAnswer);
    expect(await client.until(/ok$/)).toMatch(/text\/html[^]*\r\n\r\nHTTP\/1\.1 200 OK\r\n/);
  });

  test('7.8: a server MUST ignore Upgrade in an HTTP/1.0 request', async () => {
    const request = 'GET / HTTP/1.0\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n';
    const { client, origin } = await openExchange(front, request);
    expect(parseHead(origin.received).values('upgrade')).toEqual([]);
    origin.send(plainAnswer);
    expect(await client.untilClosed()).toMatch(/ok$/);
  });

  test('7.8: an origin may ignore Upgrade and answer the request', async () => {
    const request = 'GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: foo/2\r\n\r\n';
    const { client, origin } = await openExchange(front, request);
    const { values } = parseHead(origin.received);
    expect([...values('upgrade'), ...values('connection')]).toEqual(['foo/2', 'Upgrade']);
    origin.send(plainAnswer);
    expect(await client.until(/ok$/)).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
  });

  test('10.1.1: a server that receives 100-continue in an HTTP/1.0 request MUST ignore it', async () => {
    const request = 'POST / HTTP/1.0\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\nhello';
    const { client, origin } = await openExchange(front, request);
    await origin.until(/hello$/);
    origin.send(plainAnswer);
    expect(await client.untilClosed()).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
  });

  test('10.1.1: a proxy MUST forward 100-continue, and the content follows the 100 of the origin', async () => {
    const head = 'POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n';
    const { client, origin } = await openExchange(front, head);
    expect(parseHead(origin.received).values('expect')).toEqual(['100-continue']);
    origin.send('HTTP/1.1 100 Continue\r\n\r\n');
    await client.until(/^HTTP\/1\.1 100 Continue\r\n\r\n$/);
    client.send('hello');
    await origin.until(/\r\n\r\nhello$/);
    origin.send(plainAnswer);
    await client.until(/ok$/);
  });

  test('10.1.1: a client may send the content without waiting', async () => {
    const head = 'POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n';
    const { client, origin } = await openExchange(front, `${head}hello`);
    origin.send('HTTP/1.1 100 Continue\r\n\r\n');
    await origin.until(/\r\n\r\nhello$/);
    origin.send(plainAnswer);
    expect(await client.until(/ok$/)).toMatch(/HTTP\/1\.1 200 OK\r\n/);
  });

  test('15.2: a proxy MUST forward 1xx responses, also those it does not know', async () => {
    const { client, origin } = await openExchange(front, get);
    origin.send('HTTP/1.1 103 Early Hints\r\nLink: </a>; rel=preload\r\n\r\nHTTP/1.1 199 Whatever\r\nX: y\r\n\r\n');
    await client.until(
      /^HTTP\/1\.1 103 Early Hints\r\nLink: <\/a>; rel=preload\r\n\r\nHTTP\/1\.1 199 Whatever\r\nX: y\r\n\r\n$/,
    );
    origin.send(plainAnswer);
    await client.until(/\r\n\r\nHTTP\/1\.1 200 OK\r\n[^]*ok$/);
  });

  test('15.2: a server MUST NOT send a 1xx response to an HTTP/1.0 client', async () => {
    const { client, origin } = await openExchange(front, 'GET / HTTP/1.0\r\nHost: a\r\n\r\n');
    origin.send('HTTP/1.1 103 Early Hints\r\nLink: </a>; rel=preload\r\n\r\n');
    origin.send(plainAnswer);
    expect(await client.untilClosed()).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
  });

  test('15.2: hop-by-hop fields of 1xx responses end here too', async () => {
    const { client, origin } = await openExchange(front, get);
    origin.send('HTTP/1.1 103 Early Hints\r\nConnection: X-Hop\r\nX-Hop: 1\r\nLink: </a>\r\n\r\n');
    const hints = await client.until(/Link: <\/a>[^]*\r\n\r\n$/);
    expect(hints).not.toMatch(/x-hop/i);
    origin.send(plainAnswer);
    await client.until(/ok$/);
  });

  test.each([
    ['299 Fine', '299'],
    ["418 I'm a teapot", '418'],
    ['599 Odd', '599'],
  ])('15: a status that is not understood is relayed: %s', async (line, status) => {
    const { client, origin } = await openExchange(front, get);
    origin.send(`HTTP/1.1 ${line}\r\nContent-Length: 2\r\n\r\nok`);
    expect(await client.until(/ok$/)).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
  });

  test('15.5.22: a 426 MUST name the protocols to come back with, which are written anew', async () => {
    const { client, origin } = await openExchange(front, get);
    origin.send(
      'HTTP/1.1 426 Upgrade Required\r\nConnection: Upgrade, X-Hop\r\nX-Hop: 1\r\nUpgrade: websocket\r\nUpgrade: foo/2\r\nContent-Length: 2\r\n\r\nok',
    );
    const { lines, values } = parseHead(await client.until(/ok$/));
    expect(values('upgrade')).toEqual(['websocket, foo/2']);
    expect(values('connection')).toEqual([expect.stringMatching(/^(?:close, )?Upgrade$/)]);
    expect(lines.join()).not.toMatch(/x-hop/i);
  });

  test('15.5.22: a 426 without Upgrade gets none, and one that is the last on its connection says so', async () => {
    const { client, origin } = await openExchange(front, 'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
    origin.send('HTTP/1.1 426 Upgrade Required\r\nUpgrade: foo/2\r\nContent-Length: 2\r\n\r\nok');
    expect(parseHead(await client.untilClosed()).values('connection')).toEqual(['close, Upgrade']);
    const { values } = await headAtClient(front, 'HTTP/1.1 426 Upgrade Required\r\nContent-Length: 0\r\n\r\n');
    expect([...values('upgrade'), ...values('connection')]).not.toContainEqual(expect.stringMatching(/upgrade/i));
  });

  test('7.8: any other response that advertises protocols does so to us only', async () => {
    const answer = 'HTTP/1.1 200 OK\r\nConnection: Upgrade\r\nUpgrade: h2,h2c\r\nContent-Length: 2\r\n\r\nok';
    expect((await headAtClient(front, answer)).lines.join()).not.toMatch(/upgrade/i);
  });

  test('15.6.3: a gateway that gets an invalid response answers 502', async () => {
    const { client, origin } = await openExchange(front, get);
    origin.send('220 mail.example ESMTP\r\n');
    expect(parseHead(await client.until(/\r\n\r\n/)).startLine).toBe('HTTP/1.1 502 Bad Gateway');
  });

  test('15.6.5: a gateway that gets no response in time answers 504', async () => {
    const { client } = await openExchange(front, get, { timeouts: { responseHeadMs: 50 } });
    expect(parseHead(await client.until(/\r\n\r\n/)).startLine).toBe('HTTP/1.1 504 Gateway Timeout');
  });
});
