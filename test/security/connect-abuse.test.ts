// Attack: CONNECT leads to where its sender could not go: to hosts and ports behind the proxy, to the mail port of others, or back to the proxy; or what
// comes behind it is a tunnel to one parser and a request to the next.
// Impact: internal services and cloud metadata are reached (SSRF), spam leaves from our address, requests are smuggled past every rule.
// Guard: off by default; a list of targets, asked behind all middleware; one strict form of a target, which decides whatever `Host` says; names
// that mean non-public addresses are refused at the moment of the connect; a connection that has asked for a tunnel serves no request any more.

import type { ProxyOptions } from '@sluice/http';
import { describe, expect, test } from 'vitest';
import { fronts } from '../support/fronts.ts';
import { startHttpOrigin } from '../support/http-origin.ts';
import { exchangeRaw } from '../support/raw-client.ts';
import { startRawServer } from '../support/raw-server.ts';
import { openExchange, parseHead } from '../support/relayed-exchange.ts';

function connect(target: string, fields = `Host: ${target}\r\n`): string {
  return `CONNECT ${target} HTTP/1.1\r\n${fields}\r\n`;
}

const smuggled = 'GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n';
const allow = ['*.example.com:443', 'db.example:5432'];

describe.each(fronts)('$name', (front) => {
  /** What becomes of a request that no endpoint is to see. */
  async function answerTo(request: string, options: Partial<ProxyOptions> = {}): Promise<string> {
    let requests = 0;
    const origin = await startHttpOrigin((_req, res) => res.end(`served ${++requests}`));
    origin.server.on('connect', (_req, socket) => {
      requests++;
      socket.end('HTTP/1.1 200 OK\r\n\r\n');
    });
    const { port, proxy } = await front.start({ to: origin.url, connect: { allow }, ...options });
    const answer = await exchangeRaw(port, request);
    expect(requests).toBe(0);
    // None where node's parser was the one to refuse.
    expect(proxy.stats().exchangesBegun).toBeLessThan(2);
    return answer;
  }

  test('nobody is connected unless the proxy was told to', async () => {
    const answer = await answerTo(`${connect('db.example:5432')}${smuggled}`, { connect: false });
    expect(answer).toMatch(/^HTTP\/1\.1 405 [^]*SLUICE_CONNECT_DISABLED/);
    expect(parseHead(answer).values('connection')).toEqual(['close']);
  });

  test.each([
    ['the mail port', 'mail.example.com:25'],
    ['the port of ssh', 'a.example.com:22'],
    ['the domain itself', 'example.com:443'],
    ['a domain that ends alike', 'evilexample.com:443'],
    ['a domain in front', 'a.example.com.evil:443'],
    ['cloud metadata', '169.254.169.254:80'],
    ['this machine', '127.0.0.1:443'],
    ['this machine, in IPv6', '[::1]:443'],
    ['an IPv4 address in IPv6', '[::ffff:127.0.0.1]:443'],
  ])('what is not on the list is refused, with whatever comes behind it: %s', async (_what, target) => {
    const answer = await answerTo(`${connect(target)}${smuggled}`);
    expect(answer).toMatch(/^HTTP\/1\.1 403 [^]*SLUICE_CONNECT_DENIED/);
    expect(answer.match(/HTTP\/1\.1/g)).toHaveLength(1);
  });

  test.each([
    ['userinfo', 'a.example.com:443@evil:443'],
    ['userinfo before a target of the list', 'evil:80@a.example.com:443'],
    ['no port', 'a.example.com'],
    ['an empty port', 'a.example.com:'],
    ['port 0', 'a.example.com:0'],
    ['a port beyond the last', 'a.example.com:65979'],
    ['a URL', 'http://a.example.com:443/'],
    ['a path', '/a.example.com:443'],
    ['a path behind the port', 'a.example.com:443/..'],
    ['*', '*'],
    ['an address that only a resolver reads', '0x7f000001:443'],
    ['another one', '127.1:443'],
  ])('a target in any other form is refused: %s', async (_what, target) => {
    expect(await answerTo(connect(target, 'Host: a.example.com:443\r\n'))).toMatch(/^HTTP\/1\.1 400 /);
  });

  test.each([
    ['a length', `Content-Length: ${smuggled.length}\r\n`],
    ['chunks', 'Transfer-Encoding: chunked\r\n'],
    ['both', `Content-Length: 5\r\nTransfer-Encoding: chunked\r\n`],
    ['a length that is none', 'Content-Length: 0x5\r\n'],
  ])(
    'content of CONNECT, which one parser would skip and the next would serve, is refused: %s',
    async (_what, field) => {
      const answer = await answerTo(`${connect('db.example:5432', `Host: db.example:5432\r\n${field}`)}${smuggled}`);
      expect(answer).toMatch(/^HTTP\/1\.1 400 /);
      expect(answer.match(/HTTP\/1\.1/g)).toHaveLength(1);
    },
  );

  test('the target counts, and not Host', async () => {
    expect(await answerTo(connect('evil.example:443', 'Host: db.example:5432\r\n'))).toMatch(/^HTTP\/1\.1 403 /);
    const { origin } = await openExchange(front, connect('db.example:5432', 'Host: evil.example:443\r\n'), {
      connect: { allow },
    });
    expect(parseHead(origin.received).values('host')).toEqual(['db.example:5432']);
    expect(origin.received).not.toContain('evil');
  });

  test('Upgrade makes no second way out of it', async () => {
    const fields = 'Host: db.example:5432\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n';
    const { client, origin } = await openExchange(front, connect('db.example:5432', fields), { connect: { allow } });
    expect(origin.received).not.toMatch(/upgrade/i);
    origin.send('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
    expect(await client.untilClosed()).toMatch(/^HTTP\/1\.1 502 /);
  });

  test('a success with framing is a tunnel all the same: no second answer is read out of it', async () => {
    const { client, origin } = await openExchange(front, connect('db.example:5432'), { connect: { allow } });
    origin.send('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil');
    expect(await client.until(/evil$/)).toBe('HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil');
  });

  test('a proxy that is its own endpoint answers 508 after one turn', async () => {
    const placeholder = await startHttpOrigin((_req, res) => res.end());
    const { port, url, proxy } = await front.start({ to: placeholder.url, connect: { allow } });
    proxy.upstream.update([url]);
    expect(await exchangeRaw(port, connect('db.example:5432'))).toMatch(/^HTTP\/1\.1 508 [^]*SLUICE_LOOP_DETECTED/);
    expect(proxy.stats()).toMatchObject({ exchangesBegun: 2, exchangesOpen: 0 });
  });

  test('a name that means an address behind the proxy leads nowhere, unless it is told that names may', async () => {
    const inside = await startRawServer();
    const target = `localhost:${inside.port}`;
    for (const listed of [target, `*:${inside.port}`]) {
      const direct = { connect: { allow: [listed], direct: true } };
      expect(await answerTo(connect(target), direct)).toMatch(/^HTTP\/1\.1 502 [^]*SLUICE_ADDRESS_DENIED/);
    }
    expect(inside.waiting).toBe(0);
    const told = { allow: [target], direct: { allow: ['loopback'] } };
    const { port } = await front.start({ to: 'http://127.0.0.1:9', connect: told });
    const answer = exchangeRaw(port, connect(target));
    (await inside.accept()).end();
    expect(await answer).toMatch(/^HTTP\/1\.1 200 /);
  });

  test('middleware that changes the target does not lead past the list', async () => {
    const middleware: ProxyOptions['middleware'] = [
      ({ request }, next) => {
        request.target = 'internal:22';
        return next();
      },
    ];
    expect(await answerTo(connect('db.example:5432'), { middleware })).toMatch(/^HTTP\/1\.1 403 /);
  });
});
