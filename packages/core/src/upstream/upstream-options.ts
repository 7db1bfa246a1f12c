// Everything createUpstream can be told, its defaults, and the one place where both are read.
import { balancerNames, createBalancer, type BalancerName } from '../balancers/balancer-by-name.ts';
import type { Balancer } from '../balancers/balancer.ts';
import type { Clock } from '../clock.ts';
import { readDiscovery, type DiscoveryOptions, type ResolvedDiscovery } from '../discovery/discovery-options.ts';
import { isEndpointSource, type EndpointSource } from '../discovery/endpoint-source.ts';
import { parseEndpointAddress, type EndpointAddress } from '../endpoint/endpoint-address.ts';
import type { EndpointOptions } from '../endpoint/endpoint.ts';
import { readHealth, type HealthOptions, type ResolvedHealth } from '../health/health-options.ts';
import { OptionsError } from '../options/options-error.ts';
import { describeValue } from '../options/describe-value.ts';
import type { OptionsReader } from '../options/options-reader.ts';
import { readClock } from '../options/read-clock.ts';
import { resolveOptions } from '../options/resolve-options.ts';
import { systemRandom, type Random } from '../random.ts';
import { readAdaptive, type AdaptiveOptions, type ResolvedAdaptive } from '../resilience/adaptive-options.ts';
import { readBreaker, type BreakerOptions, type ResolvedBreaker } from '../resilience/breaker-options.ts';
import { readLocality, type LocalityOptions, type ResolvedLocality } from '../tiers/locality-options.ts';
import { readTiers, type ResolvedTiers, type TierOptions } from '../tiers/tier-options.ts';
import type { EndpointDescription } from './live-endpoint.ts';
import { readSlowStart, SlowStart, type SlowStartOptions } from './slow-start.ts';

/** How much work an upstream takes at one time. */
export interface LimitOptions {
  /** The most leases of the whole upstream at one time; at least 1. @defaultValue Infinity */
  readonly maxInFlight?: number;
  /** Lets the upstream find out by itself how many leases are good for it; `true` is `gradient`, with the defaults. @defaultValue false */
  readonly adaptive?: boolean | AdaptiveOptions;
  /** The most callers that wait when all that they accept is full; 0 refuses at once. @defaultValue 1024 */
  readonly maxQueued?: number;
  /** The most time one of them waits, in milliseconds; `false` and `Infinity` are for ever. @defaultValue 10000 */
  readonly queueTimeoutMs?: number | false;
}

/** What `createUpstream` takes. */
export interface UpstreamOptions {
  /** What messages, statistics and logs call it. @defaultValue `'upstream'` */
  readonly name?: string;
  /** Its endpoints, as addresses or in full; or a source that tells them. A list may be empty: `update` can add them later. */
  readonly endpoints: readonly (string | EndpointOptions)[] | EndpointSource;
  /** How it follows a source of endpoints. @defaultValue the last good list is kept, whatever the source does */
  readonly discovery?: DiscoveryOptions;
  /** Who picks. @defaultValue `'smooth-weighted-round-robin'` */
  readonly balancer?: BalancerName | Balancer;
  /** How much work it takes at one time. @defaultValue no limit; 1024 may wait for endpoints that have one */
  readonly limits?: LimitOptions;
  /** When endpoints get no work because something is wrong with them; `false` is never. @defaultValue nginx's: out for 10 s after one failure */
  readonly health?: false | HealthOptions;
  /** Refuses work at once while too much of it fails or is slow; `true` is the whole upstream, with the defaults. @defaultValue false */
  readonly breaker?: boolean | BreakerOptions;
  /** How the endpoints share the work that are in tiers, by their `priority` and by their distance. @defaultValue Envoy's way */
  readonly tiers?: TierOptions;
  /** Where the proxy is, so that endpoints in its zone come first; `false` is anywhere. @defaultValue false */
  readonly locality?: false | LocalityOptions;
  /** How the weight of an endpoint rises that was added later, or is back from an ejection or a drain. @defaultValue false: it has all of it at once */
  readonly slowStart?: false | SlowStartOptions;
  /** Where time comes from. @defaultValue the system's */
  readonly clock?: Clock;
  /** Where chance comes from. @defaultValue the system's */
  readonly random?: Random;
}

/** `LimitOptions`, complete. */
export interface ResolvedLimits {
  readonly maxInFlight: number;
  readonly adaptive: ResolvedAdaptive | undefined;
  readonly maxQueued: number;
  readonly queueTimeoutMs: number;
}

/** `UpstreamOptions`, complete and checked. */
export interface ResolvedUpstreamOptions {
  readonly name: string;
  /** Those of the beginning; none when a source tells them. */
  readonly endpoints: readonly EndpointDescription[];
  readonly source: EndpointSource | undefined;
  readonly discovery: ResolvedDiscovery;
  readonly balancer: Balancer;
  readonly limits: ResolvedLimits;
  readonly health: ResolvedHealth;
  readonly breaker: ResolvedBreaker | undefined;
  readonly tiers: ResolvedTiers;
  readonly locality: ResolvedLocality | undefined;
  readonly slowStart: SlowStart | undefined;
  readonly clock: Clock;
  readonly random: Random;
}

/** The defaults of `UpstreamOptions` that are plain values. */
export const upstreamDefaults: { readonly name: string; readonly balancer: BalancerName } = Object.freeze({
  name: 'upstream',
  balancer: 'smooth-weighted-round-robin',
});

/** The defaults of `LimitOptions`. */
export const limitDefaults: ResolvedLimits = Object.freeze({
  maxInFlight: Infinity,
  adaptive: undefined,
  maxQueued: 1024,
  queueTimeoutMs: 10_000,
});

/** Reads the options of `createUpstream`. @throws OptionsError with every issue */
export function resolveUpstreamOptions(options: UpstreamOptions): ResolvedUpstreamOptions {
  return resolveOptions(options, 'upstream', (reader) => {
    const random = reader.function<Random>('random') ?? systemRandom;
    const clock = readClock(reader);
    const slowStart = readSlowStart(reader);
    const source = reader.raw('endpoints');
    if (!reader.has('endpoints')) reader.issue('endpoints', 'must be a list of endpoints, or a source of them');
    return {
      name: reader.string('name', { default: upstreamDefaults.name }),
      endpoints: isEndpointSource(source) ? [] : readEndpoints(reader),
      source: isEndpointSource(source) ? source : undefined,
      discovery: readDiscovery(reader),
      balancer: readBalancer(reader, random, clock),
      limits: reader.nested('limits', readLimits),
      health: readHealth(reader),
      breaker: readBreaker(reader),
      tiers: readTiers(reader),
      locality: readLocality(reader),
      slowStart: slowStart === undefined ? undefined : new SlowStart(slowStart, clock),
      clock,
      random,
    };
  });
}

/** Reads a list of endpoints by itself, for updates. @throws OptionsError with every issue */
export function resolveEndpoints(endpoints: readonly (string | EndpointOptions)[]): readonly EndpointDescription[] {
  return resolveOptions({ endpoints }, 'endpoints', readEndpoints);
}

function readEndpoints(reader: OptionsReader): readonly EndpointDescription[] {
  const ids = new Set<string>();
  return reader.list('endpoints', (value, path) => {
    const endpoint = reader.at(typeof value === 'string' ? { address: value } : value, path, readEndpoint);
    if (endpoint === undefined) return undefined;
    if (ids.has(endpoint.id)) reader.issue(path, `has the id ${describeValue(endpoint.id)} of an endpoint before it`);
    ids.add(endpoint.id);
    return endpoint;
  });
}

function readEndpoint(reader: OptionsReader): EndpointDescription | undefined {
  const address = readAddress(reader);
  const id = reader.string('id');
  if (id === '') reader.issue('id', 'must not be empty');
  const description = {
    weight: reader.integer('weight', { default: 1, min: 0, max: 65_535 }),
    backup: reader.boolean('backup', { default: false }),
    priority: reader.integer('priority', { default: 0, min: 0, max: 65_535 }),
    zone: reader.string('zone'),
    region: reader.string('region'),
    down: reader.boolean('down', { default: false }),
    maxInFlight: reader.integer('maxInFlight', { default: Infinity, min: 1 }),
    metadata: readMetadata(reader),
  };
  if (description.backup && description.priority > 0)
    reader.issue('priority', 'must not stand beside backup: backups are the last tier');
  return address === undefined ? undefined : { id: id ?? address.href, address, ...description };
}

function readAddress(reader: OptionsReader): EndpointAddress | undefined {
  const text = reader.raw('address');
  try {
    return parseEndpointAddress(text as string);
  } catch (error) {
    if (!(error instanceof OptionsError)) throw error;
    for (const issue of error.issues) reader.issue('address', issue.message);
    return undefined;
  }
}

function readMetadata(reader: OptionsReader): Readonly<Record<string, unknown>> {
  const value = reader.raw('metadata') ?? {};
  if (typeof value === 'object' && !Array.isArray(value)) return Object.freeze({ ...value });
  reader.issue('metadata', `must be an object, got ${describeValue(value)}`);
  return {};
}

function readBalancer(reader: OptionsReader, random: Random, clock: Clock): Balancer {
  const value = reader.raw('balancer') ?? upstreamDefaults.balancer;
  if (typeof value === 'object') {
    if (typeof (value as Partial<Balancer>).pick === 'function') return value as Balancer;
    reader.issue('balancer', `must be a name or have a pick function, got ${describeValue(value)}`);
    return createBalancer(upstreamDefaults.balancer, random, clock);
  }
  return createBalancer(
    reader.choice('balancer', balancerNames, { default: upstreamDefaults.balancer }),
    random,
    clock,
  );
}

function readLimits(reader: OptionsReader): ResolvedLimits {
  return {
    maxInFlight: reader.integer('maxInFlight', { default: limitDefaults.maxInFlight, min: 1 }),
    adaptive: readAdaptive(reader),
    maxQueued: reader.integer('maxQueued', { default: limitDefaults.maxQueued, min: 0, infinity: true }),
    queueTimeoutMs: reader.milliseconds('queueTimeoutMs', { default: limitDefaults.queueTimeoutMs }),
  };
}
