import { createUpstream, type Upstream } from '@sluice/core';
import { expect, test } from 'vitest';
import type { ClientConnection } from '../tcp/client-connection.ts';
import { alpnRoutes } from './alpn-routes.ts';

const [web, h2, certificates] = ['web', 'h2', 'certificates'].map((name) =>
  createUpstream({ name, endpoints: ['127.0.0.1:1'] }),
) as [Upstream, Upstream, Upstream];

function offering(...alpnProtocols: readonly string[]): ClientConnection {
  const hello = { serverName: undefined, alpnProtocols, tlsVersions: [], hasEch: false };
  return { clientHello: hello } as unknown as ClientConnection;
}

test('the first protocol of the client that has an entry decides', () => {
  const route = alpnRoutes({ h2, 'acme-tls/1': certificates }, { default: web });
  expect(route(offering('http/1.1', 'acme-tls/1', 'h2'))).toBe(certificates);
  expect(route(offering('h2', 'acme-tls/1'))).toBe(h2);
  expect(route(offering('http/1.1'))).toBe(web);
  expect(route(offering())).toBe(web);
  expect(route({ ...offering(), clientHello: undefined })).toBe(web);
});

test('where TLS has ended, the protocol that was agreed on decides', () => {
  const route = alpnRoutes({ h2, 'http/1.1': certificates }, { default: web });
  const agreed = (alpnProtocol: string | undefined): ClientConnection =>
    ({ ...offering('http/1.1'), tls: { alpnProtocol } }) as unknown as ClientConnection;
  expect(route(agreed('h2'))).toBe(h2);
  expect(route(agreed(undefined))).toBe(web);
});

test('names of objects are no entries', () => {
  expect(alpnRoutes({ h2 })(offering('constructor', '__proto__'))).toBeUndefined();
});

test('it asks for a ClientHello', () => {
  expect(alpnRoutes({}).needs).toEqual({ sniff: false, clientHello: true });
});

test('reports targets that are none', () => {
  expect(() => alpnRoutes({ h2: 1 } as never)).toThrow('routes.h2 must be an upstream or a function, got 1');
});
