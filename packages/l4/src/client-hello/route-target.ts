// What the routes by first bytes are made of: targets, and what has to be known before they can be chosen. The choosing is in sni-routes.ts,
// alpn-routes.ts and protocol-routes.ts.
import { describeValue, isUpstream, type OptionsReader, type Upstream } from '@sluice/core';
import type { ClientConnection } from '../tcp/client-connection.ts';
import { noNeeds, type FirstBytesNeeds } from './first-bytes-options.ts';

/** What a route answers: an upstream, or nowhere; now, or when it knows. */
export type RouteAnswer = Upstream | undefined | Promise<Upstream | undefined>;

/** Where connections go: to an upstream, or wherever a function says. */
export type RouteTarget = Upstream | ((connection: ClientConnection) => RouteAnswer);

/** Where everything else goes. */
export interface RouteDefault {
  /** Takes what has no entry. @defaultValue none: such a connection is refused */
  readonly default?: RouteTarget;
}

/** A route that chooses by a connection's first bytes. A TCP proxy that is given one has them read. */
export interface FirstBytesRoute {
  (connection: ClientConnection): RouteAnswer;
  /** What it chooses by, itself or a target of its own. */
  readonly needs: FirstBytesNeeds;
}

/** What a route has to know: nothing, for a function that does not say. */
export function needsOf(route: unknown): FirstBytesNeeds {
  return (route as Partial<FirstBytesRoute> | undefined)?.needs ?? noNeeds;
}

/** Reads a target. */
export function readTarget(reader: OptionsReader, key: string): RouteTarget | undefined {
  const value = reader.raw(key) ?? undefined;
  if (value === undefined || isUpstream(value) || typeof value === 'function') return value as RouteTarget | undefined;
  reader.issue(key, `must be an upstream or a function, got ${describeValue(value)}`);
  return undefined;
}

/** Makes a route of a function that chooses a target. */
export function createRoute(
  own: Partial<FirstBytesNeeds>,
  targets: readonly (RouteTarget | undefined)[],
  choose: (connection: ClientConnection) => RouteTarget | undefined,
): FirstBytesRoute {
  const all = [{ ...noNeeds, ...own }, ...targets.map(needsOf)];
  const needs = Object.freeze({
    sniff: all.some(({ sniff }) => sniff),
    clientHello: all.some(({ clientHello }) => clientHello),
  });
  const route = (connection: ClientConnection): RouteAnswer => {
    const target = choose(connection);
    return typeof target === 'function' ? target(connection) : target;
  };
  return Object.assign(route, { needs });
}
