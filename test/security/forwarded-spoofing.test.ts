// Attack: a client writes the fields by which applications behind proxies learn who it is, where it came from and what it asked for.
// Impact: address allow-lists and rate limits bypassed, audit logs falsified, links and redirects poisoned, "https only" checks passed over plain http.
// Guard: from everybody who is not a trusted proxy these fields are removed, whatever their letter case and however often they come, and those
// that Sluice writes are written anew. From a trusted proxy the chain is read from the right, so that what the client put to its left is not believed.

import type { Exchange, ProxyOptions } from '@sluice/http';
import { describe, expect, test } from 'vitest';
import { fronts } from '../support/fronts.ts';
import { headAtOrigin } from '../support/relayed-exchange.ts';

const lie = '6.6.6.6';

const claims = [
  'X-Forwarded-For',
  'X-Forwarded-Host',
  'X-Forwarded-Proto',
  'X-Forwarded-Port',
  'X-Forwarded-Prefix',
  'X-Forwarded-Server',
  'X-Forwarded-Scheme',
  'X-Forwarded-Ssl',
  'X-Forwarded-Client-Cert',
  'Forwarded',
  'X-Real-IP',
  'X-Client-IP',
  'X-Cluster-Client-IP',
  'True-Client-IP',
  'CF-Connecting-IP',
  'Fastly-Client-IP',
  'X-Original-URL',
  'X-Rewrite-URL',
  'X-Original-Host',
  'Client-Cert',
  'Front-End-Https',
];

function request(...fields: readonly string[]): string {
  return `GET / HTTP/1.1\r\nHost: shop.example\r\n${fields.map((field) => `${field}\r\n`).join('')}\r\n`;
}

/** Options that write down whom middleware takes for the client. */
function noteClients(clients: Exchange['client'][], options: ProxyOptions = {}): ProxyOptions {
  return {
    ...options,
    middleware: [
      (exchange, next) => {
        clients.push(exchange.client);
        return next();
      },
    ],
  };
}

describe.each(fronts)('$name', (front) => {
  test.each(claims)('%s of an untrusted client reaches nobody', async (name) => {
    const fields = [`${name}: ${lie}`, `${name.toUpperCase()}: ${lie}`, `${name.toLowerCase()}:${lie}`];
    const clients: Exchange['client'][] = [];
    const { lines } = await headAtOrigin(front, request(...fields), noteClients(clients));
    expect(lines.filter((line) => line.includes(lie))).toEqual([]);
    expect(clients).toMatchObject([{ address: '127.0.0.1', protocol: 'http', host: 'shop.example', trusted: false }]);
  });

  test('naming them in Connection removes neither the lie’s replacement nor anything else', async () => {
    const nominated = 'Connection: X-Forwarded-For, X-Forwarded-Proto, X-Forwarded-Host, X-Forwarded-Port, Forwarded';
    const { values } = await headAtOrigin(front, request(nominated, `X-Forwarded-For: ${lie}`), { forwarded: 'both' });
    expect(values('x-forwarded-for')).toEqual(['127.0.0.1']);
    expect(values('x-forwarded-proto')).toEqual(['http']);
    expect(values('x-forwarded-host')).toEqual(['shop.example']);
    expect(values('forwarded')).toEqual(['for=127.0.0.1;host=shop.example;proto=http']);
  });

  test.each([
    ['the address in front of what the trusted proxy saw', `X-Forwarded-For: ${lie}, 1.2.3.4`],
    ['lines of its own', `X-Forwarded-For: ${lie}\r\nX-Forwarded-For: 1.2.3.4`],
    ['something that is no address', `X-Forwarded-For: unknown, "${lie}\r\nX-Forwarded-For: 1.2.3.4`],
    ['the other family', `Forwarded: for=${lie}\r\nX-Forwarded-For: 1.2.3.4`],
    ['the address of a trusted proxy', `X-Forwarded-For: ${lie}, 1.2.3.4, 127.0.0.1`],
  ])('behind a trusted proxy, a client is not believed that sends %s', async (_what, fields) => {
    const clients: Exchange['client'][] = [];
    const options = noteClients(clients, { trustedProxies: ['loopback'] });
    const { values } = await headAtOrigin(front, request(fields), options);
    expect(clients).toMatchObject([{ address: '1.2.3.4', trusted: true }]);
    expect(values('x-forwarded-for').join(', ')).toMatch(/1\.2\.3\.4(?:, 127\.0\.0\.1)+$/);
    expect(values('forwarded')).toEqual([]);
  });

  test('a hop count believes that many proxies, and no client that writes more', async () => {
    const clients: Exchange['client'][] = [];
    await headAtOrigin(
      front,
      request(`X-Forwarded-For: ${lie}, ${lie}, 1.2.3.4, 10.0.0.1`),
      noteClients(clients, { trustedProxies: 2 }),
    );
    expect(clients).toMatchObject([{ address: '1.2.3.4' }]);
  });

  test('even when nothing is told to the origin, lies are removed', async () => {
    const { lines } = await headAtOrigin(front, request(`X-Forwarded-For: ${lie}`, `Forwarded: for=${lie}`), {
      forwarded: 'off',
    });
    expect(lines.filter((line) => /forwarded/i.test(line))).toEqual([]);
  });

  test('X_Forwarded_For, which CGI and WSGI can not tell from X-Forwarded-For, is a lie as well', async () => {
    const { lines } = await headAtOrigin(
      front,
      request(`X_Forwarded_For: ${lie}`, `X_Forwarded-Proto: ${lie}`, 'X_Other: 1'),
    );
    expect(lines.filter((line) => line.includes(lie))).toEqual([]);
    expect(lines).toContain('X_Other: 1');
  });
});
