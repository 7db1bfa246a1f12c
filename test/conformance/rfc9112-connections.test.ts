// RFC 9112 section 9: persistence, pipelining and the close of connections on both sides of the proxy.

import { describe, expect, test } from 'vitest';
import { fronts } from '../support/fronts.ts';
import { startHttpOrigin } from '../support/http-origin.ts';
import { connectRaw, exchangeRaw } from '../support/raw-client.ts';
import { openExchange, parseHead, plainAnswer } from '../support/relayed-exchange.ts';

const get = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';
const closing = 'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n';

describe.each(fronts)('$name', (front) => {
  test('9.3: HTTP/1.1 connections persist, on both sides', async () => {
    const { client, origin, proxy } = await openExchange(front, get);
    for (let served = 1; served <= 3; served++) {
      await origin.until(new RegExp(`^(?:GET [^]*?\r\n\r\n){${served}}$`));
      origin.send(plainAnswer);
      await client.until(new RegExp(`(?:ok[^]*?){${served}}$`));
      if (served < 3) client.send(get);
    }
    expect(proxy.stats().transport).toMatchObject({ connectionsCreated: 1, connectionsReused: 2 });
  });

  test('9.3: the client’s "close" is for its own connection: the one to the origin persists', async () => {
    const { client, origin, port, server } = await openExchange(front, closing);
    expect(parseHead(origin.received).values('connection')).not.toContain('close');
    origin.send(plainAnswer);
    await client.untilClosed();
    const next = await connectRaw(port);
    next.send(get);
    await origin.until(/GET [^]*GET [^]*\r\n\r\n$/);
    origin.send(plainAnswer);
    await next.until(/ok$/);
    expect(server.waiting).toBe(0);
  });

  test('9.3: the origin’s "close" is for its own connection: the client’s persists', async () => {
    const { client, origin, server } = await openExchange(front, get);
    origin.send(plainAnswer.replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n'));
    await origin.untilClosed();
    expect(parseHead(await client.until(/ok$/)).values('connection')).not.toContain('close');
    client.send(get);
    const second = await server.accept();
    await second.until(/\r\n\r\n$/);
    second.send(plainAnswer);
    await client.until(/ok[^]*ok$/);
  });

  test('9.3: an HTTP/1.0 origin without "keep-alive" ends its connection with the response', async () => {
    const { client, origin, server } = await openExchange(front, get);
    origin.send('HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok');
    await client.until(/ok$/);
    client.send(get);
    const second = await server.accept();
    await second.until(/\r\n\r\n$/);
    second.send(plainAnswer);
    await client.until(/ok[^]*ok$/);
    expect(origin.received.match(/GET /g)).toHaveLength(1);
  });

  test('9.3.2: responses to pipelined requests MUST be sent in the order of the requests', async () => {
    // A proxy may send them on one after the other or at once; in the second case the later one is answered first.
    const origin = await startHttpOrigin((req, res) => {
      if (req.url === '/1') setTimeout(() => res.end('answer 1'), 50);
      else res.end('answer 2');
    });
    const { port } = await front.start({ to: origin.url });
    const client = await connectRaw(port);
    client.send('GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n');
    expect(await client.until(/answer \d[^]*answer \d$/)).toMatch(/answer 1[^]*answer 2$/);
  });

  test('9.6: a server that received "close" MUST close behind the final response, and SHOULD say "close" in it', async () => {
    const { client, origin } = await openExchange(front, closing);
    origin.send(plainAnswer);
    const got = await client.untilClosed();
    expect(parseHead(got).values('connection')).toEqual(['close']);
    expect(got).toMatch(/ok$/);
  });

  test('9.6: a server that received "close" MUST NOT process any further requests of that connection', async () => {
    const targets: string[] = [];
    const origin = await startHttpOrigin((req, res) => {
      targets.push(req.url ?? '');
      res.end('ok');
    });
    const { port } = await front.start({ to: origin.url });
    const answers = await exchangeRaw(port, `${closing}GET /behind HTTP/1.1\r\nHost: a\r\n\r\n`);
    expect(answers.match(/HTTP\/1\.1 /g)).toHaveLength(1);
    expect(targets).not.toContain('/behind');
  });

  test('9.6: an HTTP/1.0 client without "keep-alive" has its connection closed behind the response', async () => {
    const { client, origin } = await openExchange(front, 'GET / HTTP/1.0\r\n\r\n');
    origin.send(plainAnswer);
    expect(await client.untilClosed()).toMatch(/ok$/);
  });
});
