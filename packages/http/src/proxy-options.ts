// Everything createProxy can be told, and the defaults. How it is read is resolve-proxy-options.ts.
import type { Clock, Random, Upstream, UpstreamOptions } from '@sluice/core';
import type { ConnectOptions, ResolvedConnect } from './connect/connect-options.ts';
import type { ClientResolver, TrustedProxiesOption } from './headers/client-resolver.ts';
import type { ForwardedMode } from './headers/forwarded-fields.ts';
import type { StatusList, StatusRange } from './health/status-list.ts';
import type { WeightFeedbackOptions } from './health/weight-feedback.ts';
import type { Middleware } from './middleware.ts';
import type { HostPolicy } from './request/outgoing-head.ts';
import type { UpgradePolicy } from './request/upgrade-protocol.ts';
import type { ResponseEdit } from './response/relay-response.ts';
import type { ResponseFieldOptions } from './response/response-edits.ts';
import type { RetryOptions } from './retry/retry-options.ts';
import type { ResolvedRetry } from './retry/retry-judge.ts';
import type { Transport } from './transport/transport.ts';
import type { WireTransportOptions } from './transport/wire-transport-options.ts';

/** How long each phase of an exchange may take, in milliseconds. `false` and `Infinity` switch a limit off. */
export interface TimeoutOptions {
  /** Name lookup, TCP and TLS handshake to an endpoint. @defaultValue 5000 */
  readonly connectMs?: number | false;
  /** From the request's last byte to the head of the response. @defaultValue 60000 */
  readonly responseHeadMs?: number | false;
  /** Between two pieces of the request body. @defaultValue 60000 */
  readonly requestBodyIdleMs?: number | false;
  /** Between two pieces of the response body, from the endpoint or to the client. @defaultValue 60000 */
  readonly responseBodyIdleMs?: number | false;
  /** The whole exchange, retries and waiting included. @defaultValue Infinity */
  readonly totalMs?: number | false;
  /** An upgraded connection, or a tunnel of CONNECT, on which nothing moves. @defaultValue 3600000 */
  readonly upgradeIdleMs?: number | false;
  /** `listen()` only: a request's head, from its first byte. @defaultValue 30000 */
  readonly requestHeadMs?: number;
  /** `listen()` only: a client connection that waits for its next request. @defaultValue 65000 */
  readonly keepAliveMs?: number;
}

/** What `createProxy` takes. One of `to` and `upstream` must be there, and only one. */
export interface ProxyOptions {
  /** Where requests go: an endpoint's address, a list of endpoints, or a source of them, balanced with the defaults. */
  readonly to?: string | UpstreamOptions['endpoints'];
  /** Where requests go: an upstream (which you close yourself), or the options to make one (which the proxy closes). */
  readonly upstream?: Upstream | UpstreamOptions;
  /** Stations before `forward`, outermost first. @defaultValue none */
  readonly middleware?: readonly Middleware[];
  /** What carries attempts; one that you pass is yours to close. @defaultValue `createWireTransport(wire)` */
  readonly transport?: Transport;
  /** Options of the default transport. */
  readonly wire?: WireTransportOptions;
  /** How long each phase may take. */
  readonly timeouts?: TimeoutOptions;
  /** When a failed attempt is repeated on another endpoint. @defaultValue connect failures, up to 3 attempts */
  readonly retry?: RetryOptions;
  /**
   * Which statuses of an answer are failures of the endpoint, for statistics and for `health.outliers` of its upstream. `maxFails` counts no
   * answer. @defaultValue `['502-504']`
   */
  readonly failureStatuses?: readonly StatusRange[];
  /**
   * Whether endpoints may ask for more or less work in a field of their responses; `true` is `X-Sluice-Weight`. Only for endpoints that you
   * trust. @defaultValue false
   */
  readonly weightFeedback?: boolean | WeightFeedbackOptions;
  /** Whom to believe about the client: nobody, a number of proxies in front, their addresses, or a function. @defaultValue false */
  readonly trustedProxies?: TrustedProxiesOption;
  /** What the endpoint is told about the client. @defaultValue `'x-forwarded'` */
  readonly forwarded?: ForwardedMode;
  /** Our name in `Via`, which also detects loops; `false` leaves both out. @defaultValue `sluice-` and random digits */
  readonly via?: string | false;
  /** Which host the endpoint is told: the client's (`preserve`), its own (`endpoint`), or that text. @defaultValue `'preserve'` */
  readonly host?: HostPolicy;
  /** What becomes of a response's fields: `Location`, cookies, fields to hide. */
  readonly response?: ResponseFieldOptions;
  /** Which protocols may be tunnelled after `Upgrade`; never `h2c`. @defaultValue `'any'` */
  readonly upgrades?: UpgradePolicy;
  /** Lets clients open tunnels with CONNECT. @defaultValue false: CONNECT is answered with 405 */
  readonly connect?: false | ConnectOptions;
  /** Hands errors that come before the response's head to the framework's `next`. @defaultValue false: they are answered */
  readonly passErrors?: boolean;
  /**
   * What becomes of the path that a framework has mounted the proxy at: `remove` asks endpoints for `req.url` as the framework leaves it,
   * `keep` for `req.originalUrl`. @defaultValue `'remove'`
   */
  readonly mountPath?: 'remove' | 'keep';
  /** @defaultValue the system's */
  readonly clock?: Clock;
  /** @defaultValue the system's */
  readonly random?: Random;
}

/** `TimeoutOptions`, complete. `Infinity` is no limit. */
export type ResolvedTimeouts = { readonly [Key in keyof TimeoutOptions]-?: number };

/** `ProxyOptions`, complete and checked. */
export interface ResolvedProxyOptions {
  readonly upstream: Upstream;
  /** Whether the proxy made the upstream, and so closes it. */
  readonly ownsUpstream: boolean;
  readonly middleware: readonly Middleware[];
  readonly transport: Transport;
  readonly ownsTransport: boolean;
  readonly timeouts: ResolvedTimeouts;
  readonly retry: ResolvedRetry;
  readonly failureStatuses: StatusList;
  readonly resolveClient: ClientResolver;
  readonly forwarded: ForwardedMode;
  readonly viaPseudonym: string | undefined;
  readonly host: HostPolicy;
  readonly upgrades: UpgradePolicy;
  /** `undefined` when CONNECT is not served. */
  readonly connect: ResolvedConnect | undefined;
  readonly passErrors: boolean;
  readonly mountPath: 'remove' | 'keep';
  readonly responseEdits: readonly ResponseEdit[];
  readonly clock: Clock;
  readonly random: Random;
}

/** The defaults of `TimeoutOptions`, in milliseconds. */
export const timeoutDefaults: ResolvedTimeouts = Object.freeze({
  connectMs: 5_000,
  responseHeadMs: 60_000,
  requestBodyIdleMs: 60_000,
  responseBodyIdleMs: 60_000,
  totalMs: Infinity,
  upgradeIdleMs: 3_600_000,
  requestHeadMs: 30_000,
  keepAliveMs: 65_000,
});
