// The proxy as one value: a function for any server, a listener of its own, and an orderly end. It wires the stations; the path is forward.ts.
import { createEvents, type Events, type Random, type Upstream, type UpstreamStats } from '@sluice/core';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { connect, withTunnels, type ConnectStation } from './connect/serve-connect.ts';
import { ExchangeRunner } from './exchange-runner.ts';
import { forward, type ForwardPolicy } from './forward.ts';
import { FetchFront, type FetchOptions } from './front/fetch-front.ts';
import type { HandleOptions, Next } from './front/handle-options.ts';
import { NodeFront, type NodeFrontOptions } from './front/node-front.ts';
import { resolveListenOptions, type Listening, type ListenOptions } from './front/listener.ts';
import { listenNode } from './front/node-server.ts';
import { listenWire } from './front/wire-server.ts';
import { composeMiddleware, type Handler } from './middleware.ts';
import type { ProxyEventMap } from './proxy-events.ts';
import { ProxyLifecycle } from './proxy-lifecycle.ts';
import type { ProxyOptions, ResolvedProxyOptions } from './proxy-options.ts';
import { resolveProxyOptions } from './resolve-proxy-options.ts';
import { createOutcomeJudge } from './response/response-outcome.ts';
import { RetryJudge } from './retry/retry-judge.ts';
import type { RetryStats } from './retry/retry-policy.ts';
import { attemptStarter } from './transport/direct-transport.ts';
import type { TransportStats } from './transport/transport.ts';

/** Counters of a proxy at one moment. */
export interface ProxyStats {
  /** Exchanges since the start. */
  readonly exchangesBegun: number;
  /** Exchanges and tunnels that are open now. */
  readonly exchangesOpen: number;
  /** Of the upstream that exchanges go to by default. */
  readonly upstream: UpstreamStats;
  /** Of the connections to endpoints. */
  readonly transport: TransportStats;
  /** Of the option `retry`; policies of routes have their own. */
  readonly retry: RetryStats;
}

/**
 * A reverse proxy. It is a request listener and Express or Connect middleware by itself: `http.createServer(proxy)`, `app.use(proxy)`.
 *
 * Its functions need no `this`, so they can be passed on: `server.on('upgrade', proxy.upgrade)`.
 */
export interface Proxy {
  /** Serves one request. `next` is called only with errors, and only when `passErrors` is on. Never throws or rejects. */
  (req: IncomingMessage, res: ServerResponse, next?: Next): void;
  /** For `server.on('upgrade', …)`: WebSockets and other protocols that leave HTTP. The socket is the proxy's from then on. */
  readonly upgrade: (req: IncomingMessage, socket: Duplex, head: Buffer, options?: HandleOptions) => void;
  /** For `server.on('connect', …)`: CONNECT, as the option `connect` allows it. The socket is the proxy's from then on. */
  readonly connect: (req: IncomingMessage, socket: Duplex, head: Buffer) => void;
  /** For `server.on('checkContinue', …)`: lets the endpoint, not this process, say `100 Continue`. */
  readonly checkContinue: (req: IncomingMessage, res: ServerResponse) => void;
  /** Serves one request as the call itself does, with more to be said about it. Adapters for frameworks are made of this. */
  readonly handle: (req: IncomingMessage, res: ServerResponse, options?: HandleOptions) => void;
  /**
   * Serves one request of a web-standard framework. Both bodies are streamed; aborting the request's signal, or cancelling the response's
   * body, cancels the exchange. Upgrades, interim responses and trailers do not exist there.
   *
   * @returns the response; errors are answered, and rejected with only when `passErrors` is on
   */
  readonly fetch: (request: Request, options?: FetchOptions) => Promise<Response>;
  /** Opens a listener, on any free port of the loopback address unless told otherwise. May be called several times. */
  readonly listen: (listen?: number | ListenOptions) => Promise<Listening>;
  /** The upstream that exchanges go to, unless middleware chooses another. */
  readonly upstream: Upstream;
  /** Counters at this moment. */
  readonly stats: () => ProxyStats;
  /** Listens to an event. A listener that throws causes a process warning and nothing else. @returns a function that takes it off */
  readonly on: Events<ProxyEventMap>['on'];
  /** Takes a listener off. */
  readonly off: Events<ProxyEventMap>['off'];
  /**
   * Accepts no new work, waits for what is open, and closes. Requests that still arrive on connections of `listen()` are served,
   * with `Connection: close`; those that come through a server of yours are answered with 503.
   *
   * @param graceMs - How long open exchanges and tunnels may take. @defaultValue 30000
   * @returns how many were cut when that time was over. `0` is a clean drain.
   */
  readonly drain: (graceMs?: number) => Promise<number>;
  /** Closes now: open exchanges are cut. Calling it again, or during `drain`, is fine. */
  readonly close: () => Promise<void>;
  /** `close`, for `await using`. */
  readonly [Symbol.asyncDispose]: () => Promise<void>;
}

/**
 * Makes a reverse proxy.
 *
 * @throws ProxyError `SLUICE_OPTIONS_INVALID`, with everything that is wrong in one message.
 * @example
 * ```ts
 * const proxy = createProxy({ to: ['http://127.0.0.1:3000', 'http://127.0.0.1:3001'] });
 * const { url } = await proxy.listen(8080);
 * ```
 */
export function createProxy(options: ProxyOptions): Proxy {
  const resolved = resolveProxyOptions(options);
  const { upstream, transport, clock, timeouts } = resolved;
  const events = createEvents<ProxyEventMap>();
  const retry = new RetryJudge(resolved.retry, clock, resolved.random);
  const runner = createRunner(resolved, events, retry);
  const lifecycle = new ProxyLifecycle({ runner, clock, release: () => release(resolved) });
  const mounted = new NodeFront(runner, frontOptions(resolved, lifecycle, false));
  const fetching = new FetchFront(runner, frontOptions(resolved, lifecycle, false));
  const own = frontOptions(resolved, lifecycle, true);
  const open = async (where: number | ListenOptions | undefined): Promise<Listening> => {
    const listen = resolveListenOptions(where, clock);
    if (listen.front === 'node') return listenNode(runner, listen, timeouts, own);
    return listenWire(runner, listen, { ...own, timeouts });
  };

  const serve = (req: IncomingMessage, res: ServerResponse, next?: Next): void => {
    void mounted.serve(req, res, false, next === undefined ? undefined : { next });
  };
  return Object.assign(serve, {
    upgrade: (req: IncomingMessage, socket: Duplex, head: Buffer, said?: HandleOptions): void =>
      void mounted.leaveHttp(req, socket, head, said),
    connect: (req: IncomingMessage, socket: Duplex, head: Buffer): void => void mounted.leaveHttp(req, socket, head),
    checkContinue: (req: IncomingMessage, res: ServerResponse): void => void mounted.serve(req, res, true),
    handle: (req: IncomingMessage, res: ServerResponse, said?: HandleOptions): void =>
      void mounted.serve(req, res, false, said),
    fetch: (request: Request, said: FetchOptions = {}): Promise<Response> => fetching.fetch(request, said),
    listen: (listen?: number | ListenOptions): Promise<Listening> => lifecycle.add(open(listen)),
    upstream,
    stats: (): ProxyStats => ({
      exchangesBegun: runner.begun,
      exchangesOpen: runner.openCount,
      upstream: upstream.stats(),
      transport: transport.stats(),
      retry: retry.stats(),
    }),
    on: events.on,
    off: events.off,
    drain: (graceMs = 30_000): Promise<number> => lifecycle.drain(graceMs),
    close: (): Promise<void> => lifecycle.close(),
    [Symbol.asyncDispose]: (): Promise<void> => lifecycle.close(),
  });
}

function createRunner(
  resolved: ResolvedProxyOptions,
  events: Events<ProxyEventMap>,
  retry: RetryJudge,
): ExchangeRunner {
  const { clock, transport, timeouts, host, forwarded, viaPseudonym } = resolved;
  const policy: ForwardPolicy = {
    transport,
    start: attemptStarter(transport),
    retry,
    timeouts,
    head: { viaPseudonym, host },
    relay: { edits: resolved.responseEdits },
    judge: createOutcomeJudge(resolved.failureStatuses),
    clock,
    onAttemptFailed: (exchange, endpoint, error) =>
      events.emit('attempt-failed', { exchange, endpointId: endpoint.id, error }),
    onHedged: (exchange, { id }) => events.emit('attempt-hedged', { exchange, endpointId: id }),
    onOvertaken: (exchange, { id }, winner) =>
      events.emit('attempt-overtaken', { exchange, endpointId: id, winnerId: winner.id }),
  };
  return new ExchangeRunner({
    home: {
      upstream: resolved.upstream,
      resolveClient: resolved.resolveClient,
      nextId: createIdSequence(resolved.random),
      clock,
      totalMs: timeouts.totalMs,
    },
    handler: createHandler(resolved, policy),
    forwarded,
    clock,
    totalMs: timeouts.totalMs,
    onFinished: (exchange, status, error, startedMs) => {
      if (!events.has('exchange-finished')) return;
      events.emit('exchange-finished', { exchange, status, error, durationMs: clock.now() - startedMs });
    },
  });
}

/** Middleware, and what stands behind it. */
function createHandler(resolved: ResolvedProxyOptions, policy: ForwardPolicy): Handler {
  const { middleware, timeouts } = resolved;
  const toUpstream: Handler = (exchange, receiver) => forward(exchange, policy, receiver);
  if (resolved.connect === undefined) return composeMiddleware(middleware, toUpstream);
  // The host is the target, wherever it is sent (RFC 9112 section 3.2.3).
  const connectPolicy: ForwardPolicy = { ...policy, head: { ...policy.head, host: 'preserve' } };
  const station: ConnectStation = {
    ...resolved.connect,
    connectTimeoutMs: timeouts.connectMs,
    forward: (exchange, receiver) => forward(exchange, connectPolicy, receiver),
  };
  const last: Handler = (exchange, receiver) => {
    if (exchange.request.method === 'CONNECT') connect(exchange, station, receiver);
    else toUpstream(exchange, receiver);
  };
  return withTunnels(composeMiddleware(middleware, last));
}

function frontOptions(
  { clock, timeouts, upgrades, connect: tunnels, passErrors, mountPath }: ResolvedProxyOptions,
  lifecycle: ProxyLifecycle,
  ownListener: boolean,
): NodeFrontOptions {
  return {
    clock,
    timeouts,
    upgrades,
    servesConnect: tunnels !== undefined,
    passErrors,
    keepMountPath: mountPath === 'keep',
    isLast: lifecycle.isEnding,
    refusal: () => lifecycle.refusal(ownListener),
  };
}

/** Closes what the proxy made for itself; what the user passed stays the user's. */
async function release({ transport, ownsTransport, upstream, ownsUpstream }: ResolvedProxyOptions): Promise<void> {
  if (ownsTransport) await transport.close();
  if (ownsUpstream) await upstream.close();
}

/** Ids that are unique in this process and hard to confuse with those of another: random digits, then a counter. */
function createIdSequence(random: Random): () => string {
  const prefix = Math.floor(random() * 36 ** 6)
    .toString(36)
    .padStart(6, '0');
  let count = 0;
  return () => `${prefix}-${(++count).toString(36)}`;
}
