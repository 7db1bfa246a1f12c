// The plugin: routes in a scope of their own, `reply.proxy` in the scope that registers it, and an end with the application's.
import type { Exchange } from '@sluice/http';
import type { FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import fastifyPlugin from 'fastify-plugin';
import {
  resolvePluginOptions,
  type PluginOptions,
  type ReplyProxyOptions,
  type ResolvedPluginOptions,
} from './plugin-options.ts';
import { serveRequest } from './serve-request.ts';
import { routeUpgrades } from './upgrade.ts';

declare module 'fastify' {
  interface FastifyInstance {
    /** The proxies that `@sluice/fastify` was registered with, by name. */
    readonly sluice: ReadonlyMap<string, ResolvedPluginOptions>;
  }
  interface FastifyReply {
    /**
     * Answers with what an endpoint answers, from within a route of yours. `onSend` hooks do not run: the response is not Fastify's.
     *
     * @returns the reply, to be returned by `async` handlers
     */
    proxy(options?: ReplyProxyOptions): FastifyReply;
  }
}

const register: FastifyPluginAsync<PluginOptions> = async (app, options) => {
  const resolved = resolvePluginOptions(options);
  decorate(app, resolved);
  closeWith(app, resolved);
  logFailures(app, resolved);
  if (resolved.routes) await app.register(addRoutes(resolved), { prefix: resolved.prefix });
};

/** Proxies everything below a prefix; see `PluginOptions`. Register it once per upstream or prefix. */
export const sluice: FastifyPluginAsync<PluginOptions> = fastifyPlugin(register, {
  fastify: '5.x',
  name: '@sluice/fastify',
});

function decorate(app: FastifyInstance, resolved: ResolvedPluginOptions): void {
  if (!app.hasDecorator('sluice')) {
    app.decorate('sluice', new Map<string, ResolvedPluginOptions>());
    app.decorateReply('proxy', replyProxy);
  }
  const proxies = app.sluice as Map<string, ResolvedPluginOptions>;
  if (!proxies.has(resolved.name)) proxies.set(resolved.name, resolved);
  else if (resolved.name !== 'default')
    throw new Error(`@sluice/fastify: there is a proxy named '${resolved.name}' already`);
}

function replyProxy(this: FastifyReply, options: ReplyProxyOptions = {}): FastifyReply {
  const { name = 'default', upstream } = options;
  const found = this.server.sluice.get(name);
  if (found === undefined) throw new Error(`@sluice/fastify: no proxy is named '${name}'`);
  const choose = upstream === undefined ? undefined : (exchange: Exchange) => void (exchange.upstream = upstream);
  const prepare = [found.prepare, choose, options.prepare];
  serveRequest(this.request, this, {
    proxy: found.proxy,
    target: options.target ?? this.request.raw.url ?? '/',
    prepare,
  });
  return this;
}

/** The routes, in a scope where no body is parsed: the proxy streams it. */
function addRoutes(resolved: ResolvedPluginOptions): FastifyPluginAsync {
  const { proxy, prepare, rewritePrefix, route, websocket } = resolved;
  return async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', (_request, _payload, done) => done(null));
    // The whole prefix, with those of the scopes around.
    const depth = scope.prefix.split('/').length - 1;
    const handler = (request: FastifyRequest, reply: FastifyReply): void => {
      const { url = '/' } = request.raw;
      const target = rewritePrefix === undefined ? url : `${rewritePrefix}${behind(url, depth)}`;
      serveRequest(request, reply, { proxy, target, prepare: [prepare] });
    };
    const method = [...(resolved.methods ?? scope.supportedMethods)];
    for (const url of ['/', '/*']) scope.route({ ...route, method, url, handler, exposeHeadRoute: false });
    if (websocket) {
      const stop = routeUpgrades(scope, scope.prefix);
      scope.addHook('onClose', () => stop());
    }
  };
}

/** What stands behind the first segments of a path, with its query. */
function behind(url: string, segments: number): string {
  let at = 0;
  for (let count = 0; count < segments; count++) {
    const next = url.indexOf('/', at + 1);
    const query = url.indexOf('?');
    if (next < 0 || (query >= 0 && next > query)) return `/${query < 0 ? '' : url.slice(query)}`;
    at = next;
  }
  return url.slice(at);
}

/**
 * Tunnels would keep the server from closing, so the drain begins with the close and is waited for at its end; and so would the connections that
 * clients keep behind the responses that it has waited for.
 */
function closeWith(app: FastifyInstance, { proxy, ownsProxy, drainMs }: ResolvedPluginOptions): void {
  if (!ownsProxy) return;
  let drained: Promise<number> | undefined;
  app.addHook('preClose', (done) => {
    drained = proxy.drain(drainMs).finally(() => app.server.closeIdleConnections());
    done();
  });
  app.addHook('onClose', async () => {
    await (drained ?? proxy.close());
  });
}

function logFailures(app: FastifyInstance, { proxy }: ResolvedPluginOptions): void {
  const off = proxy.on('attempt-failed', ({ exchange, endpointId, error }) => {
    app.log.warn({ exchange: exchange.id, endpoint: endpointId, err: error }, 'an endpoint failed');
  });
  app.addHook('onClose', () => off());
}
