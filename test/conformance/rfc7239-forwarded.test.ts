// RFC 7239: what `Forwarded` says to the origin, and what is believed of it.

import { createProxy, type Exchange } from '@sluice/http';
import { networkInterfaces } from 'node:os';
import { describe, expect, onTestFinished, test } from 'vitest';
import { fronts } from '../support/fronts.ts';
import { startHttpOrigin } from '../support/http-origin.ts';
import { headAtOrigin } from '../support/relayed-exchange.ts';

const hasIpv6 = Object.values(networkInterfaces()).some((list) => list?.some(({ address }) => address === '::1'));
const ours = 'for=127.0.0.1;host=shop.example;proto=http';

function get(...forwarded: readonly string[]): string {
  return `GET / HTTP/1.1\r\nHost: shop.example\r\n${forwarded.map((value) => `Forwarded: ${value}\r\n`).join('')}\r\n`;
}

describe.each(fronts)('$name', (front) => {
  /** The value of Forwarded at the origin, and whom middleware takes for the client. */
  async function forward(request: string): Promise<{ forwarded: string; client: Exchange['client'] | undefined }> {
    let client: Exchange['client'] | undefined;
    const head = await headAtOrigin(front, request, {
      forwarded: 'rfc7239',
      trustedProxies: ['loopback', '192.0.2.0/24', '2001:db8::/32'],
      middleware: [
        (exchange, next) => {
          ({ client } = exchange);
          return next();
        },
      ],
    });
    expect(head.lines.filter((line) => /^x-forwarded/i.test(line))).toEqual([]);
    return { forwarded: head.values('forwarded').join(', '), client };
  }

  test('4: a proxy adds an element with for, host and proto', async () => {
    expect(await forward(get())).toMatchObject({ forwarded: ours, client: { address: '127.0.0.1' } });
  });

  test('4: a proxy that adds to an existing field adds to the end of the list', async () => {
    const before = 'for=198.51.100.17;proto=https;by=203.0.113.43';
    expect(await forward(get(before))).toMatchObject({
      forwarded: `${before}, ${ours}`,
      client: { address: '198.51.100.17', protocol: 'https' },
    });
  });

  test('4: lines of the same name are one list, in order', async () => {
    const result = await forward(get('for=198.51.100.17', 'for=192.0.2.43'));
    expect(result).toMatchObject({
      forwarded: `for=198.51.100.17, for=192.0.2.43, ${ours}`,
      client: { address: '198.51.100.17' },
    });
  });

  test('4: parameter names are case-insensitive', async () => {
    const result = await forward(get('For=198.51.100.17;PROTO=https;HOST=a.example'));
    expect(result.client).toMatchObject({ address: '198.51.100.17', protocol: 'https', host: 'a.example' });
  });

  test('4: a parameter that is not a token is quoted', async () => {
    const request = 'GET / HTTP/1.1\r\nHost: shop.example:8080\r\n\r\n';
    expect((await forward(request)).forwarded).toBe('for=127.0.0.1;host="shop.example:8080";proto=http');
  });

  test('6: an IPv6 address stands in brackets and quotes, with a port or without', async () => {
    const result = await forward(get('for="[2001:db9:cafe::17]:4711", for="[2001:db8::1]"'));
    expect(result.client).toMatchObject({ address: '2001:db9:cafe::17', port: 4711 });
  });

  test('6.2, 6.3: "unknown" and obfuscated identifiers are passed on, and name nobody', async () => {
    for (const identifier of ['unknown', '_hidden', '_SEVKISEK', '"_hidden:80"']) {
      const { forwarded, client } = await forward(get(`for=${identifier}, for=192.0.2.43`));
      expect(forwarded).toBe(`for=${identifier}, for=192.0.2.43, ${ours}`);
      // The nearest node that was vouched for and has an address.
      expect(client).toMatchObject({ address: '192.0.2.43' });
    }
  });

  test('8.1: a field that breaks the grammar is not believed, nor passed on', async () => {
    for (const broken of ['for="198.51.100.17', 'for=', 'for=1.2.3.4;for=5.6.7.8', '198.51.100.17']) {
      const { forwarded, client } = await forward(get(broken));
      expect({ forwarded, address: client?.address }).toEqual({ forwarded: ours, address: '127.0.0.1' });
    }
  });

  test('8.1: an untrusted client’s field is replaced', async () => {
    const { values } = await headAtOrigin(front, get('for=198.51.100.17;proto=https'), { forwarded: 'rfc7239' });
    expect(values('forwarded')).toEqual([ours]);
  });

  test('7.4: both families can be told, and say the same', async () => {
    const { values } = await headAtOrigin(front, get(), { forwarded: 'both' });
    const account = ['forwarded', 'x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto'].map((name) =>
      values(name).join(),
    );
    expect(account).toEqual([ours, '127.0.0.1', 'shop.example', 'http']);
  });
});

test('6: a client that comes by IPv6 is told in brackets and quotes', async ({ skip }) => {
  skip(!hasIpv6, 'this machine has no IPv6');
  const origin = await startHttpOrigin((req, res) => res.end(String(req.headers.forwarded)));
  const proxy = createProxy({ to: origin.url, forwarded: 'rfc7239' });
  onTestFinished(() => proxy.close());
  const { url, port } = await proxy.listen({ host: '::1' });
  expect(await (await fetch(url)).text()).toBe(`for="[::1]";host="[::1]:${port}";proto=http`);
});
