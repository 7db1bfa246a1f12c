import { createUpstream, type Upstream } from '@sluice/core';
import { expect, test } from 'vitest';
import type { ClientConnection } from '../tcp/client-connection.ts';
import { protocolRoutes } from './protocol-routes.ts';
import { sniRoutes } from './sni-routes.ts';
import type { SniffedProtocol } from './sniff-protocol.ts';

const [web, ssh, shop, mail] = ['web', 'ssh', 'shop', 'mail'].map((name) =>
  createUpstream({ name, endpoints: ['127.0.0.1:1'] }),
) as [Upstream, Upstream, Upstream, Upstream];

function speaking(protocol: SniffedProtocol | undefined, serverName?: string): ClientConnection {
  const clientHello = serverName && { serverName, alpnProtocols: [], tlsVersions: [], hasEch: false };
  return { protocol, clientHello } as unknown as ClientConnection;
}

test('chooses by the protocol, and the default for the others', () => {
  const route = protocolRoutes({ ssh, http1: web, default: shop });
  expect(route(speaking('ssh'))).toBe(ssh);
  expect(route(speaking('http1'))).toBe(web);
  expect(route(speaking('redis'))).toBe(shop);
  expect(route(speaking('unknown'))).toBe(shop);
});

test('silent clients have a target of their own', () => {
  expect(protocolRoutes({ silent: mail, default: web })(speaking(undefined))).toBe(mail);
  expect(protocolRoutes({ default: web })(speaking(undefined))).toBe(web);
});

test('what is unknown may have its own, too; without a default there is nowhere to go', () => {
  const route = protocolRoutes({ unknown: mail });
  expect(route(speaking('unknown'))).toBe(mail);
  expect(route(speaking('tls'))).toBeUndefined();
  expect(route(speaking(undefined))).toBeUndefined();
});

test('TLS can go on by name, and then the ClientHello is asked for as well', () => {
  const route = protocolRoutes({ ssh, tls: sniRoutes({ 'shop.example': shop }, { default: web }) });
  expect(route(speaking('tls', 'shop.example'))).toBe(shop);
  expect(route(speaking('tls', 'other.example'))).toBe(web);
  expect(route.needs).toEqual({ sniff: true, clientHello: true });
  expect(protocolRoutes({ ssh }).needs).toEqual({ sniff: true, clientHello: false });
});

test('reports protocols and targets that are none', () => {
  expect(() => protocolRoutes({ shh: ssh } as never)).toThrow('shh is unknown, did you mean ssh?');
  expect(() => protocolRoutes({ ssh: {} } as never)).toThrow('ssh must be an upstream or a function');
});
