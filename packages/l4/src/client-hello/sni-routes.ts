// Routes by the name that a TLS client asks for. What a name looks like is host-name-table.ts.
import { resolveOptions } from '@sluice/core';
import { HostNameTable } from './host-name-table.ts';
import { createRoute, readTarget, type FirstBytesRoute, type RouteDefault, type RouteTarget } from './route-target.ts';

/**
 * Chooses by the server name that a TLS client asks for (SNI), without decrypting anything; where TLS has ended in a prelude, by that of its
 * session.
 *
 * The exact name comes first, then the longest wildcard. As in nginx, `*.example.org` stands for every name below `example.org`, however deep,
 * and not for `example.org` itself. Case and a final dot do not matter. Clients that name no server get the default.
 *
 * @throws OptionsError for names and targets that are none
 *
 * @example
 * ```ts
 * import { createUpstream } from '@sluice/core';
 * import { sniRoutes } from '@sluice/l4';
 *
 * const shop = createUpstream({ endpoints: ['10.0.0.7:443'] });
 * const tenants = createUpstream({ endpoints: ['10.0.1.7:443', '10.0.1.8:443'] });
 * const route = sniRoutes({ 'shop.example': shop, '*.tenants.example': tenants }, { default: shop });
 * ```
 */
export function sniRoutes(routes: Readonly<Record<string, RouteTarget>>, options: RouteDefault = {}): FirstBytesRoute {
  return resolveOptions({ ...options, routes }, 'sniRoutes', (reader) => {
    const table = new HostNameTable<RouteTarget>();
    const fallback = readTarget(reader, 'default');
    const targets = reader.nested('routes', (names) =>
      Object.keys(routes).map((name) => {
        const target = readTarget(names, name);
        const problem = target && table.add(name, target);
        if (problem !== undefined) names.issue(name, problem);
        return target;
      }),
    );
    return createRoute({ clientHello: true }, [...targets, fallback], ({ tls, clientHello }) => {
      const name = tls?.serverName ?? clientHello?.serverName;
      return (name === undefined ? undefined : table.find(name)) ?? fallback;
    });
  });
}
