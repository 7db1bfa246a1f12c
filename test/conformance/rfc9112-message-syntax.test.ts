// RFC 9112 sections 2 to 5: lines, targets and fields of HTTP/1.1 messages that pass the proxy.

import { describe, expect, test } from 'vitest';
import { fronts } from '../support/fronts.ts';
import { connectRaw, exchangeRaw } from '../support/raw-client.ts';
import { headAtClient, headAtOrigin, openExchange, parseHead, plainAnswer } from '../support/relayed-exchange.ts';

const nowhere = 'http://127.0.0.1:9';

describe.each(fronts)('$name', (front) => {
  /** The status line of the answer to bytes that must not get as far as an endpoint. */
  async function refusal(request: string): Promise<string> {
    const { port, proxy } = await front.start({ to: nowhere });
    const answer = await exchangeRaw(port, request);
    expect(proxy.stats().upstream.endpoints[0]).toMatchObject({ acquired: 0 });
    return parseHead(answer).startLine;
  }

  test('2.2: a server SHOULD ignore at least one empty line received prior to the request-line', async () => {
    const { startLine } = await headAtOrigin(front, '\r\nGET /x HTTP/1.1\r\nHost: a\r\n\r\n');
    expect(startLine).toBe('GET /x HTTP/1.1');
  });

  test('2.2: whitespace between the start-line and the first field: reject the message as invalid', async () => {
    expect(await refusal('GET / HTTP/1.1\r\n X: y\r\nHost: a\r\n\r\n')).toMatch(/ 400 /);
  });

  test('2.2: a bare CR must not pass as a part of the message', async () => {
    expect(await refusal('GET / HTTP/1.1\r\nHost: a\r\nX: b\rc\r\n\r\n')).toMatch(/ 400 /);
  });

  test('2.2: what does not match the grammar SHOULD be answered with 400, and the connection closed', async () => {
    expect(await refusal('\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03')).toMatch(/ 400 /);
    expect(await refusal('EHLO mail.example\r\n')).toMatch(/ 400 /);
  });

  test('2.3: an intermediary sends its own version, to the origin of an HTTP/1.0 client', async () => {
    const { client, origin } = await openExchange(front, 'GET /old HTTP/1.0\r\nHost: a\r\n\r\n');
    expect(parseHead(origin.received).startLine).toBe('GET /old HTTP/1.1');
    origin.send(plainAnswer);
    expect(await client.untilClosed()).toMatch(/ok$/);
  });

  test('2.3: an intermediary sends its own version, to the client of an HTTP/1.0 origin', async () => {
    const { client, origin } = await openExchange(front, 'GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    origin.send('HTTP/1.0 200 OK\r\n\r\nuntil the end');
    origin.socket.end();
    const got = await client.until(/until the end[^]*0\r\n\r\n$/);
    expect(parseHead(got).startLine).toBe('HTTP/1.1 200 OK');
  });

  test('2.3: errors are in the version of the server, too, and in what an HTTP/1.0 client can read', async () => {
    const { port } = await front.start({ to: nowhere });
    const { startLine, values } = parseHead(await exchangeRaw(port, 'GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n'));
    expect(startLine).toBe('HTTP/1.1 400 Bad Request');
    expect(values('connection')).toEqual(['close']);
    expect(values('transfer-encoding')).toEqual([]);
    expect(values('content-length')).toHaveLength(1);
  });

  test.each([
    ['lacks a Host', ''],
    ['has more than one Host', 'Host: a\r\nHost: a\r\n'],
    ['has an invalid Host', 'Host: a b\r\n'],
    ['has a Host with a port that is no number', 'Host: a:b\r\n'],
    ['has a Host with two ports', 'Host: a:80:81\r\n'],
    ['has a Host with an IPv6 address without brackets', 'Host: ::1\r\n'],
  ])('3.2: a server MUST respond with 400 to a request that %s', async (_what, fields) => {
    expect(await refusal(`GET / HTTP/1.1\r\n${fields}Connection: close\r\n\r\n`)).toMatch(/ 400 /);
  });

  test('3.2.1: in origin-form an empty path is sent as "/", and the Host of an absolute-form follows', async () => {
    const head = await headAtOrigin(front, 'GET http://www.example.org?x=1 HTTP/1.1\r\nHost: a\r\n\r\n');
    expect(head.startLine).toBe('GET /?x=1 HTTP/1.1');
    expect(head.values('host')).toEqual(['www.example.org']);
  });

  test('3.2.2: a server MUST accept the absolute-form, and ignore the received Host', async () => {
    const head = await headAtOrigin(front, 'GET http://b.example:81/x?y HTTP/1.1\r\nHost: a.example\r\n\r\n');
    expect(head.startLine).toBe('GET /x?y HTTP/1.1');
    expect(head.values('host')).toEqual(['b.example:81']);
  });

  test('3.2.4: OPTIONS for the server as a whole is sent in asterisk-form', async () => {
    const head = await headAtOrigin(front, 'OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n');
    expect(head.startLine).toBe('OPTIONS * HTTP/1.1');
    const absolute = await headAtOrigin(front, 'OPTIONS http://www.example.org:8001 HTTP/1.1\r\nHost: a\r\n\r\n');
    expect(absolute.startLine).toBe('OPTIONS * HTTP/1.1');
    expect(absolute.values('host')).toEqual(['www.example.org:8001']);
  });

  test('5.1: whitespace between a field name and the colon MUST be rejected with 400', async () => {
    expect(await refusal('GET / HTTP/1.1\r\nHost: a\r\nX : y\r\n\r\n')).toMatch(/ 400 /);
  });

  test('5.1: whitespace around a field value is not part of it', async () => {
    const head = await headAtOrigin(front, 'GET / HTTP/1.1\r\nHost:   a  \r\nX:\t y z \t\r\nEmpty:\r\n\r\n');
    expect(head.values('host')).toEqual(['a']);
    expect(head.values('x')).toEqual(['y z']);
    expect(head.values('empty')).toEqual(['']);
  });

  test('5.2: a server that receives obs-fold in a request MUST reject it or replace it with spaces', async () => {
    expect(await refusal('GET / HTTP/1.1\r\nHost: a\r\nX: y\r\n z\r\n\r\n')).toMatch(/ 400 /);
  });

  test('5.2: a proxy that receives obs-fold in a response MUST answer 502 instead, or replace it with spaces', async () => {
    const { startLine } = await headAtClient(front, 'HTTP/1.1 200 OK\r\nX: y\r\n z\r\nContent-Length: 0\r\n\r\n');
    expect(startLine).toBe('HTTP/1.1 502 Bad Gateway');
  });

  test('4: a reason phrase may be empty, and the status stands alone then', async () => {
    const { startLine } = await headAtClient(front, 'HTTP/1.1 299 \r\nContent-Length: 0\r\n\r\n');
    expect(startLine).toMatch(/^HTTP\/1\.1 299\b/);
  });
});

describe.each(fronts.slice(0, 1))('$name', (front) => {
  test('3.2.3: authority-form is for CONNECT only', async () => {
    const { port } = await front.start({ to: nowhere });
    const client = await connectRaw(port);
    client.send('GET www.example.org:80 HTTP/1.1\r\nHost: www.example.org:80\r\n\r\n');
    expect(parseHead(await client.untilClosed()).startLine).toMatch(/ 400 /);
  });
});
