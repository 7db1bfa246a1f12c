import { createUpstream, OptionsError, type Upstream } from '@sluice/core';
import { expect, test } from 'vitest';
import type { ClientConnection } from '../tcp/client-connection.ts';
import { alpnRoutes } from './alpn-routes.ts';
import { sniRoutes } from './sni-routes.ts';

const [web, shop, tenants, certificates] = ['web', 'shop', 'tenants', 'certificates'].map((name) =>
  createUpstream({ name, endpoints: ['127.0.0.1:1'] }),
) as [Upstream, Upstream, Upstream, Upstream];

function connection(serverName: string | undefined, ...alpnProtocols: readonly string[]): ClientConnection {
  return { clientHello: { serverName, alpnProtocols, tlsVersions: [], hasEch: false } } as unknown as ClientConnection;
}

test('chooses by the exact name, then by a wildcard, then the default', () => {
  const route = sniRoutes({ 'shop.example': shop, '*.example': tenants }, { default: web });
  expect(route(connection('shop.example'))).toBe(shop);
  expect(route(connection('other.example'))).toBe(tenants);
  expect(route(connection('example'))).toBe(web);
  expect(route(connection('other.test'))).toBe(web);
});

test('a client that names no server gets the default, and so does one without a ClientHello', () => {
  const route = sniRoutes({ 'shop.example': shop }, { default: web });
  expect(route(connection(undefined))).toBe(web);
  expect(route({ ...connection(undefined), clientHello: undefined })).toBe(web);
});

test('where TLS has ended, the name of its session decides', () => {
  const route = sniRoutes({ 'shop.example': shop }, { default: web });
  const tls = { serverName: 'shop.example' } as ClientConnection['tls'];
  expect(route({ ...connection('other.example'), tls })).toBe(shop);
  // A session that was resumed over TLS 1.2 does not know it.
  expect(route({ ...connection('shop.example'), tls: { serverName: undefined } as ClientConnection['tls'] })).toBe(
    shop,
  );
});

test('a function may take its time', async () => {
  const route = sniRoutes({ '*.example': ({ clientHello }) => Promise.resolve(clientHello?.hasEch ? web : shop) });
  expect(await route(connection('a.example'))).toBe(shop);
});

test('without a default, there is nowhere to go', () => {
  const route = sniRoutes({ 'shop.example': shop });
  expect(route(connection(undefined))).toBeUndefined();
  expect(route(connection('other.example'))).toBeUndefined();
});

test('a function is asked for what stands behind a name', () => {
  const route = sniRoutes({
    'shop.example': alpnRoutes({ 'acme-tls/1': certificates }, { default: shop }),
    '*.example': ({ clientHello }) => (clientHello?.hasEch === true ? web : undefined),
  });
  expect(route(connection('shop.example', 'acme-tls/1'))).toBe(certificates);
  expect(route(connection('shop.example', 'h2'))).toBe(shop);
  expect(route(connection('other.example'))).toBeUndefined();
});

test('it asks for a ClientHello', () => {
  expect(sniRoutes({}).needs).toEqual({ sniff: false, clientHello: true });
});

test('reports every name and target that is none', () => {
  const routes = { 'a b': shop, 'A.example': shop, 'a.example': shop, 'c.example': 'shop', '*': shop } as never;
  const build = (): unknown => sniRoutes(routes, { default: 7, defualt: shop } as never);
  expect(build).toThrow(OptionsError);
  for (const issue of [
    'routes.a b must be a host name',
    'routes.a.example is there twice',
    'routes.c.example must be an upstream or a function, got "shop"',
    'routes.* must be a host name',
    'default must be an upstream or a function, got 7',
    'defualt is unknown, did you mean default?',
  ])
    expect(build).toThrow(issue);
});
