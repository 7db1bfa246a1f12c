// What Node proxies get wrong about headers, row by row of docs/guide/04-what-a-proxy-must-do.md.

import { describe, expect, test } from 'vitest';
import { fronts } from '../support/fronts.ts';
import { connectRaw, exchangeRaw } from '../support/raw-client.ts';
import { startScriptedOrigin } from '../support/scripted-origin.ts';

const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';

/** The field lines of a head, without its first line. */
function fieldLines(message: string): string[] {
  return message.slice(0, message.indexOf('\r\n\r\n')).split('\r\n').slice(1);
}

describe.each(fronts)('$name', ({ start }) => {
  /** Sends a request through the proxy; resolves to what the origin saw and what the client got. */
  async function relay(request: string, answer = ok, options = {}): Promise<{ seen: string; got: string }> {
    const server = await startScriptedOrigin();
    const { port } = await start({ to: server.url, ...options });
    const client = await connectRaw(port);
    client.send(request);
    const origin = await server.accept();
    const seen = await origin.until(/\r\n\r\n/);
    origin.send(answer);
    return { seen, got: await client.until(/\r\n\r\nok/) };
  }

  test('hop-by-hop request headers, and those that Connection names, are removed', async () => {
    const hops =
      'Connection: keep-alive, X-Hop\r\nX-Hop: 1\r\nTE: trailers\r\nKeep-Alive: timeout=9\r\nProxy-Authorization: Basic eA==\r\nProxy-Connection: keep-alive\r\n';
    const { seen } = await relay(`GET / HTTP/1.1\r\nHost: a\r\n${hops}X-End: 2\r\n\r\n`);
    expect(seen).toMatch(/\r\nX-End: 2\r\n/);
    expect(seen).not.toMatch(/x-hop|^te:|keep-alive|proxy-/im);
  });

  test('hop-by-hop response headers are removed', async () => {
    const { got } = await relay(
      'GET / HTTP/1.1\r\nHost: a\r\n\r\n',
      'HTTP/1.1 200 OK\r\nConnection: X-Hop\r\nX-Hop: 1\r\nProxy-Authenticate: Basic\r\nX-End: 2\r\nContent-Length: 2\r\n\r\nok',
    );
    expect(got).toMatch(/\r\nX-End: 2\r\n/);
    expect(got).not.toMatch(/x-hop|proxy-authenticate/i);
  });

  test('what the proxy itself adds cannot be stripped by naming it in Connection', async () => {
    const { seen } = await relay(
      'GET / HTTP/1.1\r\nHost: a\r\nConnection: X-Forwarded-For, X-Forwarded-Proto, Via, Host\r\n\r\n',
    );
    expect(seen).toMatch(/\r\nX-Forwarded-For: 127\.0\.0\.1\r\n/);
    expect(seen).toMatch(/\r\nX-Forwarded-Proto: http\r\n/);
    expect(seen).toMatch(/\r\nVia: 1\.1 sluice-/);
    expect(seen).toMatch(/\r\nHost: a\r\n/);
  });

  test('a client’s own X-Forwarded-For, -Proto and -Host are replaced', async () => {
    const { seen } = await relay(
      'GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 6.6.6.6\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: evil\r\nX-Real-IP: 6.6.6.6\r\nForwarded: for=6.6.6.6\r\n\r\n',
    );
    expect(seen).not.toMatch(/6\.6\.6\.6|evil|https/);
    expect(seen).toMatch(/\r\nX-Forwarded-For: 127\.0\.0\.1\r\n/);
  });

  test('a trusted proxy’s X-Forwarded-For is continued', async () => {
    const { seen } = await relay(
      'GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 1.2.3.4\r\nX-Forwarded-Proto: https\r\n\r\n',
      ok,
      { trustedProxies: ['loopback'] },
    );
    expect(seen).toMatch(/\r\nX-Forwarded-For: 1\.2\.3\.4, 127\.0\.0\.1\r\n/);
    expect(seen).toMatch(/\r\nX-Forwarded-Proto: https\r\n/);
  });

  test('duplicate headers, order and letter case are preserved, both ways', async () => {
    const lines = ['host: a', 'X-b: 1', 'Accept: x', 'X-B: 2', 'cookie: c=1', 'Cookie: d=2'];
    const answer =
      'HTTP/1.1 200 OK\r\nset-cookie: a=1\r\nX-Z: 1\r\nSet-Cookie: b=2\r\nx-z: 2\r\nDate: now\r\nContent-Length: 2\r\n\r\nok';
    const { seen, got } = await relay(`GET / HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`, answer);
    expect(fieldLines(seen).slice(0, lines.length)).toEqual(lines);
    expect(fieldLines(got).slice(0, 5)).toEqual([
      'set-cookie: a=1',
      'X-Z: 1',
      'Set-Cookie: b=2',
      'x-z: 2',
      'Date: now',
    ]);
  });

  test('the path /a/./b//c%2fd/../e%7e?x=%41 is sent verbatim', async () => {
    const { seen } = await relay('GET /a/./b//c%2fd/../e%7e?x=%41 HTTP/1.1\r\nHost: a\r\n\r\n');
    expect(seen).toMatch(/^GET \/a\/\.\/b\/\/c%2fd\/\.\.\/e%7e\?x=%41 HTTP\/1\.1\r\n/);
  });

  test('a reason phrase of the origin is preserved', async () => {
    const { got } = await relay(
      'GET / HTTP/1.1\r\nHost: a\r\n\r\n',
      'HTTP/1.1 200 Fine By Me\r\nContent-Length: 2\r\n\r\nok',
    );
    expect(got).toMatch(/^HTTP\/1\.1 200 Fine By Me\r\n/);
  });
});

describe.each(fronts.slice(0, 2))('$name', ({ start }) => {
  test('an absolute-form request target is accepted, and its authority replaces Host (RFC 9112 section 3.2.2)', async () => {
    const server = await startScriptedOrigin();
    const { port } = await start({ to: server.url });
    const client = await connectRaw(port);
    client.send('GET http://b.example/x?y HTTP/1.1\r\nHost: a\r\n\r\n');
    const origin = await server.accept();
    const seen = await origin.until(/\r\n\r\n/);
    expect(seen).toMatch(/^GET \/x\?y HTTP\/1\.1\r\n/);
    expect(fieldLines(seen).filter((line) => /^host:/i.test(line))).toEqual(['Host: b.example']);
    origin.send(ok);
    await client.until(/ok$/);
  });

  test('a request that comes round is answered with 508', async () => {
    const proxy = await start({ to: 'http://127.0.0.1:9', via: 'edge' });
    const answer = await exchangeRaw(
      proxy.port,
      'GET / HTTP/1.1\r\nHost: a\r\nVia: 1.1 edge\r\nConnection: close\r\n\r\n',
    );
    expect(answer).toMatch(/^HTTP\/1\.1 508 /);
    expect(answer).toMatch(/SLUICE_LOOP_DETECTED/);
  });
});
