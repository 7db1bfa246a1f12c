// The public API of @sluice/http.
export { affinity, type AffinityOptions } from './affinity/affinity.ts';
export type { AffinityCookieOptions } from './affinity/affinity-cookie.ts';
export { balancerKey, type BalancerKeyOptions } from './affinity/balancer-key.ts';
export type { LearnedCookieOptions } from './affinity/learned-affinity.ts';
export { bodyStream } from './body/body-stream.ts';
export { emptyBody, type Body, type BodySink } from './body/body.ts';
export { bytesBody } from './body/bytes-body.ts';
export { readBody } from './body/read-body.ts';
export { streamBody, type StreamBodyOptions } from './body/stream-body.ts';
export type { ConnectOptions } from './connect/connect-options.ts';
export { errorStatus, retryAfterSeconds } from './error-answer.ts';
export { deadline } from './deadline/deadline.ts';
export type { DeadlineField, DeadlineOptions } from './deadline/deadline-options.ts';
export type { DeadlineFormat } from './deadline/time-budget.ts';
export { httpErrors, type HttpErrorCode } from './errors.ts';
export type { Attempt, AttemptEdit, EndpointPreference, Exchange, ExchangeRequest } from './exchange.ts';
export {
  dispatchUpgrades,
  type Upgradable,
  type UpgradeDispatchOptions,
  type UpgradeHandler,
  type UpgradeRoute,
} from './front/dispatch-upgrades.ts';
export { fallback } from './fallback/fallback.ts';
export type { FallbackCondition } from './fallback/fallback-conditions.ts';
export type { FallbackOptions } from './fallback/fallback-options.ts';
export type { FetchOptions } from './front/fetch-front.ts';
export type { HandleOptions, Next } from './front/handle-options.ts';
export type { ListenerLimits } from './front/listener-limits.ts';
export type { Listening, ListenerStats, ListenOptions } from './front/listener.ts';
export type { ClientInfo, ConnectionInfo, TrustedProxiesOption } from './headers/client-resolver.ts';
export type { ForwardedMode } from './headers/forwarded-fields.ts';
export { createHeaderList, type HeaderList } from './headers/header-list.ts';
export { createNameSet, type NameSet } from './headers/name-set.ts';
export { httpProbe } from './health/http-probe.ts';
export type { HttpProbeOptions } from './health/http-probe-options.ts';
export type { TextExpectation } from './health/http-expectation.ts';
export type { StatusRange } from './health/status-list.ts';
export type { WeightFeedbackOptions } from './health/weight-feedback.ts';
export type { LocationOptions } from './headers/location.ts';
export type { CookieOptions } from './headers/set-cookie.ts';
export type { HedgeOptions } from './hedge/hedge-options.ts';
export type { Middleware } from './middleware.ts';
export type { AttemptFailure, AttemptHedge, AttemptOvertake, ExchangeSummary, ProxyEventMap } from './proxy-events.ts';
export type { ProxyOptions, TimeoutOptions } from './proxy-options.ts';
export { createProxy, type Proxy, type ProxyStats } from './proxy.ts';
export type { HostPolicy } from './request/outgoing-head.ts';
export type { UpgradePolicy } from './request/upgrade-protocol.ts';
export type { ResponseFieldOptions } from './response/response-edits.ts';
export { createResponse, type ProxyResponse, type ResponseInit, type Tunnel } from './response/response.ts';
export type { BackoffOptions } from './retry/backoff.ts';
export { createRetryPolicy, type RetryPolicyOptions } from './retry/create-retry-policy.ts';
export type { RetryBudgetOptions } from './retry/retry-budget.ts';
export type { RetryOptions } from './retry/retry-options.ts';
export type { RetryPolicy, RetryStats } from './retry/retry-policy.ts';
export type { RetryCondition } from './retry/should-retry.ts';
export { createUndiciTransport, type UndiciTransportOptions } from './transport/undici-transport.ts';
export { createWireTransport } from './transport/wire-transport.ts';
export type { PoolOptions, ResponseLimits, WireTransportOptions } from './transport/wire-transport-options.ts';
export type { AttemptTimeouts, OutgoingRequest, Transport, TransportStats } from './transport/transport.ts';
