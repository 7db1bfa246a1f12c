// Routes by the protocols that a TLS client offers.
import { resolveOptions } from '@sluice/core';
import { createRoute, readTarget, type FirstBytesRoute, type RouteDefault, type RouteTarget } from './route-target.ts';

/**
 * Chooses by the protocols that a TLS client offers (ALPN): the first of them, in the client's order, that has an entry. The endpoint still
 * chooses by itself among all that were offered. Where TLS has ended in a prelude, the protocol that was agreed on decides.
 *
 * @throws OptionsError for targets that are none
 *
 * @example
 * ```ts
 * import { createUpstream } from '@sluice/core';
 * import { alpnRoutes, sniRoutes } from '@sluice/l4';
 *
 * const web = createUpstream({ endpoints: ['10.0.0.7:443'] });
 * const certificates = createUpstream({ endpoints: ['10.0.0.9:443'] });
 * const route = sniRoutes({ 'shop.example': alpnRoutes({ 'acme-tls/1': certificates }, { default: web }) });
 * ```
 */
export function alpnRoutes(routes: Readonly<Record<string, RouteTarget>>, options: RouteDefault = {}): FirstBytesRoute {
  return resolveOptions({ ...options, routes }, 'alpnRoutes', (reader) => {
    const fallback = readTarget(reader, 'default');
    const table = reader.nested(
      'routes',
      (protocols) => new Map(Object.keys(routes).map((protocol) => [protocol, readTarget(protocols, protocol)])),
    );
    return createRoute({ clientHello: true }, [...table.values(), fallback], ({ tls, clientHello }) => {
      const offered = tls === undefined ? clientHello?.alpnProtocols : [tls.alpnProtocol ?? ''];
      const protocol = offered?.find((name) => table.has(name));
      return protocol === undefined ? fallback : table.get(protocol);
    });
  });
}
