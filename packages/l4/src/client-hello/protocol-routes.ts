// Routes by what a client speaks: one port for many protocols.
import { resolveOptions } from '@sluice/core';
import { createRoute, readTarget, type FirstBytesRoute, type RouteDefault, type RouteTarget } from './route-target.ts';
import { sniffedProtocols, type SniffedProtocol } from './sniff-protocol.ts';

/** A target for each protocol, as far as they are served. */
export interface ProtocolRoutes extends Readonly<Partial<Record<SniffedProtocol, RouteTarget>>>, RouteDefault {
  /** For clients that say nothing and wait for the server to begin, as those of SMTP, IMAP and MySQL do. */
  readonly silent?: RouteTarget;
}

/**
 * Chooses by the protocol that a client speaks, which is told by its first bytes; a client that stays silent for `sniff.silenceMs` gets `silent`.
 *
 * @throws OptionsError for protocols and targets that are none
 *
 * @example
 * ```ts
 * import { createUpstream } from '@sluice/core';
 * import { protocolRoutes, sniRoutes } from '@sluice/l4';
 *
 * const ssh = createUpstream({ endpoints: ['10.0.0.7:22'] });
 * const web = createUpstream({ endpoints: ['10.0.0.8:443'] });
 * const shop = createUpstream({ endpoints: ['10.0.0.9:443'] });
 * const route = protocolRoutes({ ssh, silent: ssh, tls: sniRoutes({ 'shop.example': shop }, { default: web }) });
 * ```
 */
export function protocolRoutes(routes: ProtocolRoutes): FirstBytesRoute {
  return resolveOptions(routes, 'protocolRoutes', (reader) => {
    const table = new Map(sniffedProtocols.map((protocol) => [protocol, readTarget(reader, protocol)]));
    const silent = readTarget(reader, 'silent');
    const fallback = readTarget(reader, 'default');
    return createRoute({ sniff: true }, [...table.values(), silent, fallback], ({ protocol }) => {
      return (protocol === undefined ? silent : table.get(protocol)) ?? fallback;
    });
  });
}
