// What the plugin takes besides the options of createProxy.
import { resolveOptions, type Upstream } from '@sluice/core';
import { createProxy, type Exchange, type Proxy, type ProxyOptions } from '@sluice/http';
import type { FastifyRequest, RouteShorthandOptions } from 'fastify';

/** Brings what the application knows of a request into its exchange. */
export type Prepare = (exchange: Exchange, request: FastifyRequest) => void | Promise<void>;

/** What `app.register(sluice, …)` takes: the options of `createProxy`, or a proxy, and these. */
export interface PluginOptions extends ProxyOptions {
  /** A proxy of yours, which you close yourself, instead of the options to make one. */
  readonly proxy?: Proxy;
  /** What `reply.proxy({ name })` calls it; each name once in an application. @defaultValue `'default'` */
  readonly name?: string;
  /** The path below which everything is proxied; may have parameters. @defaultValue `''`: all paths that no other route takes */
  readonly prefix?: string;
  /** What the endpoint is asked for in the place of the prefix. @defaultValue `''` with `mountPath: 'remove'`, the prefix with `'keep'` */
  readonly rewritePrefix?: string;
  /** Whether there are routes; without them there is only `reply.proxy`. @defaultValue true */
  readonly routes?: boolean;
  /** The methods that are routed. @defaultValue all that Fastify knows */
  readonly methods?: readonly string[];
  /** Options of the routes: hooks such as `preHandler`, `constraints`, `config`. Hooks of the scope run too. */
  readonly route?: RouteShorthandOptions;
  /** Whether WebSockets and other upgrades are proxied. They run through the route's hooks like any request. @defaultValue true */
  readonly websocket?: boolean;
  /** Called for each request after Fastify's hooks, before the proxy's middleware. */
  readonly prepare?: Prepare;
  /** How long open requests and tunnels may take when the application closes, in milliseconds. @defaultValue 10000 */
  readonly drainMs?: number;
}

/** What `reply.proxy(…)` takes. */
export interface ReplyProxyOptions {
  /** Which proxy, when several are registered. @defaultValue `'default'` */
  readonly name?: string;
  /** What the endpoint is asked for: a path with its query. @defaultValue the request's own */
  readonly target?: string;
  /** Another upstream than the proxy's own. */
  readonly upstream?: Upstream;
  /** Called before the proxy's middleware, and after the plugin's own. */
  readonly prepare?: Prepare;
}

/** `PluginOptions`, complete and checked, with the proxy that they have made. */
export interface ResolvedPluginOptions {
  readonly proxy: Proxy;
  /** Whether the plugin made the proxy, and so closes it. */
  readonly ownsProxy: boolean;
  readonly name: string;
  readonly prefix: string;
  /** `undefined` asks for the whole path. */
  readonly rewritePrefix: string | undefined;
  readonly routes: boolean;
  readonly methods: readonly string[] | undefined;
  readonly route: RouteShorthandOptions;
  readonly websocket: boolean;
  readonly prepare: Prepare | undefined;
  readonly drainMs: number;
}

/** Checks the options, and makes the proxy. @throws OptionsError with what is wrong */
export function resolvePluginOptions(options: PluginOptions): ResolvedPluginOptions {
  const { proxy, name, prefix, rewritePrefix, routes, methods, route, websocket, prepare, drainMs, ...rest } = options;
  const proxyOptions = withoutFastifys(rest);
  const own = { name, prefix, rewritePrefix, routes, methods, websocket, prepare, drainMs };
  const checked = resolveOptions(own, 'sluice', (reader) => ({
    name: reader.string('name', { default: 'default' }),
    prefix: reader.string('prefix', { default: '' }).replace(/\/+$/, ''),
    rewritePrefix: reader.string('rewritePrefix') ?? (proxyOptions.mountPath === 'keep' ? undefined : ''),
    routes: reader.boolean('routes', { default: true }),
    methods: reader.has('methods') ? reader.list('methods', (method) => String(method).toUpperCase()) : undefined,
    websocket: reader.boolean('websocket', { default: true }),
    prepare: reader.function<Prepare>('prepare'),
    drainMs: reader.milliseconds('drainMs', { default: 10_000 }),
  }));
  const made = proxy ?? createProxy({ passErrors: true, ...proxyOptions });
  return { ...checked, route: route ?? {}, proxy: made, ownsProxy: proxy === undefined };
}

/** Fastify adds options of its own to those of a plugin. */
function withoutFastifys(options: ProxyOptions): ProxyOptions {
  return Object.fromEntries(Object.entries(options).filter(([key]) => key !== 'logLevel' && key !== 'logSerializers'));
}
