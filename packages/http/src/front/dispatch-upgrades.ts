// One place that decides who gets the upgrades of a server: several proxies, handlers of others, or nobody.
import { resolveOptions, type OptionsReader } from '@sluice/core';
import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';

/** Takes an upgraded connection over, as a listener of a server's `upgrade` event does. */
export type UpgradeHandler = (req: IncomingMessage, socket: Duplex, head: Buffer) => void;

/** What takes upgrades besides requests: a proxy. */
export interface Upgradable {
  /** Takes an upgraded connection over. */
  readonly upgrade: UpgradeHandler;
}

/** Who gets which upgrades. A route without `path`, `host` and `match` takes all that have come so far. */
export interface UpgradeRoute {
  /** The path, and whatever is below it, in whole segments: `/chat` takes `/chat` and `/chat/room?x=1`. @defaultValue any */
  readonly path?: string;
  /** The name in `Host`, without port and in any letter case. @defaultValue any */
  readonly host?: string;
  /** Asked last. @defaultValue any */
  readonly match?: (req: IncomingMessage) => boolean;
  /**
   * A proxy, or a handler. A proxy sees the request as if it were mounted at `path`: its endpoints are asked for what stands behind it, or for all of
   * it with `mountPath: 'keep'`. A handler sees it untouched.
   */
  readonly to: UpgradeHandler | Upgradable;
}

/** What becomes of upgrades that no route takes. */
export interface UpgradeDispatchOptions {
  /**
   * `leave` does nothing, so that another listener can take it; `refuse` answers 404 and closes; `auto` refuses when nobody else listens.
   *
   * @defaultValue `'auto'`
   */
  readonly unmatched?: 'auto' | 'leave' | 'refuse';
}

interface Route {
  readonly path: string;
  readonly host: string | undefined;
  readonly match: UpgradeRoute['match'];
  readonly to: UpgradeRoute['to'];
}

/** Marks a dispatcher's listener, with the question whether it has a route. */
const claims: unique symbol = Symbol('sluice.claims');

interface Dispatcher {
  (req: IncomingMessage, socket: Duplex, head: Buffer): void;
  readonly [claims]: (req: IncomingMessage) => boolean;
}

/**
 * Routes the upgrades (WebSockets above all) of a server: the first route that matches gets the connection. Listeners that the server has besides stay as
 * they are, so that a development server's own sockets, say, go on working.
 *
 * @returns a function that stops it
 * @throws OptionsError with what is wrong with the routes
 * @example
 * ```ts
 * import { createServer } from 'node:http';
 * import { createProxy, dispatchUpgrades } from '@sluice/http';
 *
 * const chat = createProxy({ to: 'http://127.0.0.1:3000' });
 * const server = createServer();
 * dispatchUpgrades(server, [{ path: '/chat', to: chat }]);
 * ```
 */
export function dispatchUpgrades(
  server: Pick<Server, 'on' | 'off' | 'listeners'>,
  routes: readonly UpgradeRoute[],
  options: UpgradeDispatchOptions = {},
): () => void {
  const { list, unmatched } = resolveOptions({ routes, ...options }, 'upgrades', (reader) => ({
    list: reader.list('routes', (value, path) => reader.at(value, path, readRoute)),
    unmatched: reader.choice('unmatched', ['auto', 'leave', 'refuse'], { default: 'auto' }),
  }));
  const find = (req: IncomingMessage): Route | undefined => list.find((route) => takes(route, req));
  const dispatch = (req: IncomingMessage, socket: Duplex, head: Buffer): void => {
    const route = find(req);
    if (route !== undefined) handOver(route, req, socket, head);
    else if (unmatched === 'refuse' || (unmatched === 'auto' && isLastResort(server, listener, req))) refuse(socket);
  };
  const listener: Dispatcher = Object.assign(dispatch, { [claims]: (req: IncomingMessage) => find(req) !== undefined });
  server.on('upgrade', listener);
  return () => void server.off('upgrade', listener);
}

function readRoute(reader: OptionsReader): Route {
  const to = reader.raw('to') as UpgradeRoute['to'] | undefined;
  const path = reader.string('path', { default: '' });
  if (typeof to !== 'function' && typeof (to as { upgrade?: unknown } | undefined)?.upgrade !== 'function')
    reader.issue('to', 'must be a proxy or a function (req, socket, head)');
  if (path !== '' && !path.startsWith('/')) reader.issue('path', 'must begin with a slash');
  return {
    path: path.replace(/\/+$/, ''),
    host: reader.string('host')?.toLowerCase(),
    match: reader.function<NonNullable<UpgradeRoute['match']>>('match'),
    to: to as UpgradeRoute['to'],
  };
}

function takes({ path, host, match }: Route, req: IncomingMessage): boolean {
  const { url = '/' } = req;
  if (path !== '' && !(url.startsWith(path) && /^(?:[/?]|$)/.test(url.slice(path.length)))) return false;
  if (host !== undefined && req.headers.host?.replace(/:\d*$/, '').toLowerCase() !== host) return false;
  return match === undefined || match(req);
}

function handOver({ path, to }: Route, req: IncomingMessage, socket: Duplex, head: Buffer): void {
  if (!('upgrade' in to)) {
    to(req, socket, head);
    return;
  }
  const { url = '/' } = req;
  const rest = url.slice(path.length);
  Object.assign(req, { originalUrl: url, url: rest.startsWith('/') ? rest : `/${rest}` });
  to.upgrade(req, socket, head);
}

/** Whether nobody else will take an upgrade. Of several dispatchers without a route for it, the first one refuses. */
function isLastResort(server: Pick<Server, 'listeners'>, self: Dispatcher, req: IncomingMessage): boolean {
  const listeners = server.listeners('upgrade');
  const mayTake = (other: object): boolean => !(claims in other) || (other as Dispatcher)[claims](req);
  return (
    listeners.find((other) => claims in other) === self && !listeners.some((other) => other !== self && mayTake(other))
  );
}

function refuse(socket: Duplex): void {
  socket.on('error', () => {});
  socket.end('HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n', () => socket.destroy());
}
