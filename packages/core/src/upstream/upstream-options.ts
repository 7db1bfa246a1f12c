// Everything createUpstream can be told, its defaults, and the one place where both are read.
import { balancerNames, createBalancer, type BalancerName } from '../balancers/balancer-by-name.ts';
import type { Balancer } from '../balancers/balancer.ts';
import { systemClock, type Clock } from '../clock.ts';
import { parseEndpointAddress, type EndpointAddress } from '../endpoint/endpoint-address.ts';
import type { EndpointOptions } from '../endpoint/endpoint.ts';
import {
  passiveHealthDefaults,
  type PassiveHealthOptions,
  type ResolvedPassiveHealth,
} from '../health/passive-health.ts';
import { OptionsError } from '../options/options-error.ts';
import { describeValue, resolveOptions, type OptionsReader } from '../options/options-reader.ts';
import { systemRandom, type Random } from '../random.ts';
import type { EndpointDescription } from './live-endpoint.ts';

/** How much work an upstream takes at one time. */
export interface LimitOptions {
  /** The most leases of the whole upstream. @defaultValue Infinity */
  readonly maxInFlight?: number;
  /** The most callers that wait when all endpoints are full; 0 refuses at once. @defaultValue 1024 */
  readonly maxQueued?: number;
  /** The most time one of them waits, in milliseconds. @defaultValue 10000 */
  readonly queueTimeoutMs?: number | false;
}

/** What `createUpstream` takes. */
export interface UpstreamOptions {
  /** What messages, statistics and logs call it. @defaultValue `'upstream'` */
  readonly name?: string;
  /** Its endpoints, as addresses or in full. May be empty: `update` can add them later. */
  readonly endpoints: readonly (string | EndpointOptions)[];
  /** Who picks. @defaultValue `'smooth-weighted-round-robin'` */
  readonly balancer?: BalancerName | Balancer;
  readonly limits?: LimitOptions;
  /** When endpoints are ejected; `false` never does it. @defaultValue nginx's: out for 10 s after one failure */
  readonly health?: false | PassiveHealthOptions;
  /** @defaultValue the system's */
  readonly clock?: Clock;
  /** @defaultValue the system's */
  readonly random?: Random;
}

/** `LimitOptions`, complete. */
export interface ResolvedLimits {
  readonly maxInFlight: number;
  readonly maxQueued: number;
  readonly queueTimeoutMs: number;
}

/** `UpstreamOptions`, complete and checked. */
export interface ResolvedUpstreamOptions {
  readonly name: string;
  readonly endpoints: readonly EndpointDescription[];
  readonly balancer: Balancer;
  readonly limits: ResolvedLimits;
  readonly health: ResolvedPassiveHealth;
  readonly clock: Clock;
  readonly random: Random;
}

/** The defaults of `LimitOptions`. */
export const limitDefaults: ResolvedLimits = Object.freeze({
  maxInFlight: Infinity,
  maxQueued: 1024,
  queueTimeoutMs: 10_000,
});

/** @throws OptionsError with every issue */
export function resolveUpstreamOptions(options: UpstreamOptions): ResolvedUpstreamOptions {
  return resolveOptions(options, 'upstream', (reader) => {
    const random = (reader.raw('random') as Random | undefined) ?? systemRandom;
    if (!reader.has('endpoints')) reader.issue('endpoints', 'must be a list of endpoints');
    return {
      name: reader.string('name', { default: 'upstream' }),
      endpoints: readEndpoints(reader),
      balancer: readBalancer(reader, random),
      limits: reader.nested('limits', readLimits),
      health: readHealth(reader),
      clock: (reader.raw('clock') as Clock | undefined) ?? systemClock,
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
  const description = {
    id: reader.string('id', { default: address?.href ?? '' }),
    weight: reader.integer('weight', { default: 1, min: 0, max: 65_535 }),
    backup: reader.boolean('backup', { default: false }),
    down: reader.boolean('down', { default: false }),
    maxInFlight: reader.integer('maxInFlight', { default: Infinity, min: 1 }),
    metadata: Object.freeze({ ...(reader.raw('metadata') as Record<string, unknown> | undefined) }),
  };
  return address === undefined ? undefined : { ...description, address };
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

function readBalancer(reader: OptionsReader, random: Random): Balancer {
  const value = reader.raw('balancer');
  if (typeof value === 'object' && value !== null) {
    if (typeof (value as Partial<Balancer>).pick === 'function') return value as Balancer;
    reader.issue('balancer', 'must be a name or an object with a pick function');
  }
  const name =
    typeof value === 'object'
      ? undefined
      : reader.choice('balancer', balancerNames, { default: 'smooth-weighted-round-robin' });
  return createBalancer(name ?? 'smooth-weighted-round-robin', random);
}

function readLimits(reader: OptionsReader): ResolvedLimits {
  return {
    maxInFlight: reader.integer('maxInFlight', { default: limitDefaults.maxInFlight, min: 1 }),
    maxQueued: reader.integer('maxQueued', { default: limitDefaults.maxQueued, min: 0 }),
    queueTimeoutMs: reader.milliseconds('queueTimeoutMs', { default: limitDefaults.queueTimeoutMs }),
  };
}

function readHealth(reader: OptionsReader): ResolvedPassiveHealth {
  if (reader.raw('health') === false) return { ...passiveHealthDefaults, maxFails: 0 };
  return reader.nested('health', (health) => ({
    maxFails: health.integer('maxFails', { default: passiveHealthDefaults.maxFails, min: 0 }),
    failTimeoutMs: health.milliseconds('failTimeoutMs', { default: passiveHealthDefaults.failTimeoutMs }),
    panic: health.boolean('panic', { default: passiveHealthDefaults.panic }),
  }));
}
