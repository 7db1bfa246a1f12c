// The public API of @sluice/core.
export { createAbortScope, onCancel, type AbortScope, type Cancellation, type OwnedAbortScope } from './abort-scope.ts';
export { isEligible, type Balancer, type PickHint } from './balancers/balancer.ts';
export { balancerNames, type BalancerName } from './balancers/balancer-by-name.ts';
export { boundedLoad, type BoundedLoadOptions } from './balancers/bounded-load.ts';
export { firstAvailable } from './balancers/first-available.ts';
export { hash } from './balancers/hash.ts';
export { leastRequests } from './balancers/least-requests.ts';
export { maglev, type MaglevOptions } from './balancers/maglev.ts';
export { peakEwma, type PeakEwmaOptions } from './balancers/peak-ewma.ts';
export { powerOfTwo } from './balancers/power-of-two.ts';
export { random, type RandomOptions } from './balancers/random.ts';
export { rendezvous } from './balancers/rendezvous.ts';
export { ringHash, type RingHashOptions } from './balancers/ring-hash.ts';
export { roundRobin } from './balancers/round-robin.ts';
export { smoothWeightedRoundRobin } from './balancers/smooth-weighted-round-robin.ts';
export { sourceAddressHash } from './balancers/source-address-hash.ts';
export { createManualClock, systemClock, type Clock, type ManualClock, type Timer } from './clock.ts';
export type { DiscoveryOptions, EmptyPolicy } from './discovery/discovery-options.ts';
export type { DiscoveryState, DiscoveryStats } from './discovery/discovery-stats.ts';
export {
  isEndpointSource,
  type EndpointSnapshot,
  type EndpointSource,
  type SourceFailure,
} from './discovery/endpoint-source.ts';
export { parseEndpointList } from './discovery/parse-endpoint-list.ts';
export {
  pollEndpoints,
  readPoll,
  type PollEndpointsOptions,
  type PollFunction,
  type PollOptions,
  type ResolvedPoll,
} from './discovery/poll-endpoints.ts';
export { pushEndpoints, type PushedEndpoints } from './discovery/push-endpoints.ts';
export { staticEndpoints } from './discovery/static-endpoints.ts';
export {
  parseEndpointAddress,
  type EndpointAddress,
  type TcpAddress,
  type UnixAddress,
} from './endpoint/endpoint-address.ts';
export type { EndpointSet } from './endpoint/endpoint-set.ts';
export type { Endpoint, EndpointOptions, EndpointState } from './endpoint/endpoint.ts';
export {
  coreError,
  coreErrors,
  defineErrors,
  isProxyError,
  ProxyError,
  type CoreErrorCode,
  type ErrorDetails,
  type ErrorFactory,
  type ErrorFacts,
  type ErrorSource,
  type ErrorStage,
  type RetrySafety,
} from './errors.ts';
export { createEvents, type Events } from './events.ts';
export type { CheckOptions } from './health/check-options.ts';
export type { CheckStats } from './health/endpoint-check.ts';
export type { HealthOptions, PanicMode } from './health/health-options.ts';
export type { FailurePercentageOptions } from './health/outliers/failure-percentage.ts';
export type { LatencyOutlierOptions } from './health/outliers/latency.ts';
export type { OutlierOptions } from './health/outliers/outlier-options.ts';
export type { EjectionDetector } from './health/outliers/outlier-sample.ts';
export type { SuccessRateOptions } from './health/outliers/success-rate.ts';
export type { Probe, ProbeFunction, ProbeResult } from './health/probe.ts';
export type { CheckVerdict } from './health/rise-and-fall.ts';
export type { WeightWishOptions } from './health/weight-wish.ts';
export { OpenList, type Listed } from './open-list.ts';
export { OptionsError, type OptionIssue } from './options/options-error.ts';
export { describeValue } from './options/describe-value.ts';
export type { NumberRange, OptionsReader, OptionSpec } from './options/options-reader.ts';
export { readClock } from './options/read-clock.ts';
export { resolveOptions } from './options/resolve-options.ts';
export { pause } from './pause.ts';
export { createSeededRandom, systemRandom, type Random } from './random.ts';
export type { AdaptiveOptions } from './resilience/adaptive-options.ts';
export type { BreakerOptions } from './resilience/breaker-options.ts';
export type { CircuitState } from './resilience/circuit-breaker.ts';
export type { CircuitStats } from './resilience/explain-circuit.ts';
export type { LocalityOptions } from './tiers/locality-options.ts';
export type { TierOptions } from './tiers/tier-options.ts';
export type { TierPlace } from './tiers/tier.ts';
export type { TierStats } from './tiers/tier-stats.ts';
export type { AcquireHint } from './upstream/endpoint-selection.ts';
export type { SlowStartOptions } from './upstream/slow-start.ts';
export { outcomeCancelled, outcomeOk, type Lease, type Outcome } from './upstream/lease.ts';
export { createUpstream } from './upstream/create-upstream.ts';
export { readPart, readUpstream, type ReadUpstream } from './upstream/read-upstream.ts';
export type {
  CircuitChanged,
  CircuitOpened,
  DiscoveryFailed,
  DiscoveryUpdated,
  EndpointChecked,
  EndpointDrained,
  EndpointEjected,
  EndpointRecovered,
  EndpointReweighted,
  LimitChanged,
  PanicChange,
  UpstreamChange,
  UpstreamEvents,
} from './upstream/upstream-events.ts';
export type { LimitOptions, UpstreamOptions } from './upstream/upstream-options.ts';
export type { EndpointStats, UpstreamStats } from './upstream/upstream-stats.ts';
export { isUpstream, type Upstream } from './upstream/upstream.ts';
