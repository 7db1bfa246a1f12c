// Attack: a request that comes back to the proxy that sent it, because endpoints lead to each other, by mistake or because somebody found out how.
// Impact: one request becomes as many as there are sockets: all connections are used up.
// Guard: `Via` bears a pseudonym of this proxy; a request that has it already is answered with 508. A client can not take it out, or hide it.

import { createProxy } from '@sluice/http';
import { describe, expect, onTestFinished, test } from 'vitest';
import { fronts } from '../support/fronts.ts';
import { startHttpOrigin } from '../support/http-origin.ts';
import { exchangeRaw } from '../support/raw-client.ts';

function get(fields = ''): string {
  return `GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n${fields}\r\n`;
}

describe.each(fronts)('$name', (front) => {
  test('a proxy that is its own endpoint answers 508 after one turn', async () => {
    const placeholder = await startHttpOrigin((_req, res) => res.end());
    const { port, url, proxy } = await front.start({ to: placeholder.url });
    proxy.upstream.update([url]);
    expect(await exchangeRaw(port, get())).toMatch(/^HTTP\/1\.1 508 Loop Detected[^]*SLUICE_LOOP_DETECTED/);
    expect(proxy.stats()).toMatchObject({ exchangesBegun: 2, exchangesOpen: 0 });
  });

  test('two proxies that point at each other end with 508, and neither is blamed', async () => {
    const placeholder = await startHttpOrigin((_req, res) => res.end());
    const one = await front.start({ to: placeholder.url });
    const two = await front.start({ to: one.url });
    one.proxy.upstream.update([two.url]);
    expect(await exchangeRaw(one.port, get())).toMatch(/^HTTP\/1\.1 508 /);
    expect(one.proxy.stats().exchangesBegun + two.proxy.stats().exchangesBegun).toBe(3);
    expect(one.proxy.stats().upstream.endpoints[0]).toMatchObject({ failed: 0 });
    expect(two.proxy.stats().upstream.endpoints[0]).toMatchObject({ failed: 0 });
  });

  test('instances of one name notice a loop through any of them', async () => {
    const placeholder = await startHttpOrigin((_req, res) => res.end());
    const one = await front.start({ to: placeholder.url, via: 'edge' });
    const two = await front.start({ to: one.url, via: 'EDGE' });
    expect(await exchangeRaw(two.port, get())).toMatch(/^HTTP\/1\.1 508 /);
    expect(one.proxy.stats().exchangesBegun).toBe(1);
  });

  test.each([
    ['Connection: Via', 'Connection: Via\r\n'],
    ['a comment that is never closed', 'Via: 1.1 x (comment\r\n'],
    ['empty entries', 'Via: ,,, ,\r\n'],
    ['an entry without a name', 'Via: 1.1\r\n'],
  ])('a client can not hide the pseudonym by %s', async (_what, fields) => {
    const placeholder = await startHttpOrigin((_req, res) => res.end());
    const { port, url, proxy } = await front.start({ to: placeholder.url });
    proxy.upstream.update([url]);
    expect(await exchangeRaw(port, get(fields))).toMatch(/^HTTP\/1\.1 508 /);
    expect(proxy.stats().exchangesBegun).toBe(2);
  });

  test('proxies in a row, each with a name of its own, are no loop', async () => {
    const origin = await startHttpOrigin((req, res) => res.end(`through ${String(req.headers.via)}`));
    const inner = await front.start({ to: origin.url });
    const outer = await front.start({ to: inner.url });
    expect(await exchangeRaw(outer.port, get())).toMatch(/through 1\.1 sluice-\w+, 1\.1 sluice-\w+$/);
  });
});

test('two proxies of one process have different names', async () => {
  const origin = await startHttpOrigin((req, res) => res.end(String(req.headers.via)));
  const names = await Promise.all(
    [1, 2].map(async () => {
      const proxy = createProxy({ to: origin.url });
      onTestFinished(() => proxy.close());
      const { url } = await proxy.listen();
      return (await fetch(url)).text();
    }),
  );
  expect(new Set(names).size).toBe(2);
});
