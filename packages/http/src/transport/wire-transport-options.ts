// What our own transport can be told, its defaults, and the one place where both are read.
import { readClock, resolveOptions, type Clock, type OptionsReader } from '@sluice/core';
import { createDialer, passDialRules, type Dialer, type DialRules, type UpstreamTlsOptions } from '@sluice/l4';
import type { FieldLimits } from '../wire/field-scanner.ts';

/** How connections are kept between requests, for each endpoint. */
export interface PoolOptions {
  /** The most connections that wait for a request; 0 keeps none. @defaultValue 64 */
  readonly maxIdlePerEndpoint?: number;
  /**
   * How long one waits, in milliseconds. One second less than the `timeout` that the endpoint announces in `Keep-Alive`, if that is shorter.
   * @defaultValue 4000, one second less than the 5 s of `node:http`
   */
  readonly idleTimeoutMs?: number;
  /** How old a connection may be when it is used again, in milliseconds. @defaultValue Infinity */
  readonly maxAgeMs?: number | false;
  /** How many requests one connection carries. @defaultValue Infinity */
  readonly maxRequestsPerConnection?: number;
}

/** What a response's head may hold. */
export interface ResponseLimits {
  /** Bytes of the head with the status line; interim responses before it count too. @defaultValue 65536 */
  readonly maxHeadBytes?: number;
  /** Field lines of the head. @defaultValue 256 */
  readonly maxFields?: number;
}

/** What `createWireTransport` takes. */
export interface WireTransportOptions extends DialRules {
  /** How connections are kept. */
  readonly pool?: PoolOptions;
  /** What a response's head may hold. */
  readonly limits?: ResponseLimits;
  /** For `https://` endpoints. @defaultValue verified against Node's bundled authorities */
  readonly tls?: UpstreamTlsOptions;
  /** How long a request body waits for the endpoint's `100 Continue` before it is sent without, in milliseconds. @defaultValue 1000 */
  readonly expectContinueMs?: number | false;
  /** How long a connection is silent before the system asks whether the endpoint is still there, in milliseconds. @defaultValue 30000 */
  readonly keepAliveMs?: number | false;
  /** @defaultValue the system's */
  readonly clock?: Clock;
}

/** `PoolOptions`, complete. */
export type ResolvedPoolOptions = { readonly [Key in keyof PoolOptions]-?: number };

/** `WireTransportOptions`, complete and checked. */
export interface ResolvedWireTransportOptions {
  readonly pool: ResolvedPoolOptions;
  readonly limits: FieldLimits;
  readonly continueMs: number;
  readonly dialer: Dialer;
  readonly clock: Clock;
}

/** The defaults of `PoolOptions`. */
export const poolDefaults: ResolvedPoolOptions = Object.freeze({
  maxIdlePerEndpoint: 64,
  idleTimeoutMs: 4_000,
  maxAgeMs: Infinity,
  maxRequestsPerConnection: Infinity,
});

/** The defaults of `ResponseLimits`. */
export const responseLimitDefaults: Readonly<Required<ResponseLimits>> = Object.freeze({
  maxHeadBytes: 65_536,
  maxFields: 256,
});

/** The defaults of the other durations of `WireTransportOptions`, in milliseconds. */
export const wireTransportDefaults: Readonly<Record<'expectContinueMs' | 'keepAliveMs', number>> = Object.freeze({
  expectContinueMs: 1_000,
  keepAliveMs: 30_000,
});

/** Completes and checks the options. @throws OptionsError with everything that is wrong in one message */
export function resolveWireTransportOptions(options: WireTransportOptions): ResolvedWireTransportOptions {
  return resolveOptions(options, 'wire', (reader) => {
    const clock = readClock(reader);
    const keepAliveMs = reader.milliseconds('keepAliveMs', { default: wireTransportDefaults.keepAliveMs, min: 1000 });
    const tls = reader.raw('tls') as UpstreamTlsOptions | undefined;
    return {
      clock,
      pool: reader.nested('pool', readPool),
      limits: reader.nested('limits', (limits) => ({
        maxBytes: limits.integer('maxHeadBytes', { default: responseLimitDefaults.maxHeadBytes, min: 512 }),
        maxFields: limits.integer('maxFields', { default: responseLimitDefaults.maxFields, min: 1 }),
      })),
      continueMs: reader.milliseconds('expectContinueMs', { default: wireTransportDefaults.expectContinueMs }),
      dialer: createDialer({ clock, keepAliveMs, ...passDialRules(reader), ...(tls !== undefined && { tls }) }),
    };
  });
}

function readPool(reader: OptionsReader): ResolvedPoolOptions {
  return {
    maxIdlePerEndpoint: reader.integer('maxIdlePerEndpoint', { default: poolDefaults.maxIdlePerEndpoint, min: 0 }),
    idleTimeoutMs: reader.milliseconds('idleTimeoutMs', { default: poolDefaults.idleTimeoutMs, min: 1 }),
    maxAgeMs: reader.milliseconds('maxAgeMs', { default: poolDefaults.maxAgeMs, min: 1 }),
    maxRequestsPerConnection: reader.integer('maxRequestsPerConnection', {
      default: poolDefaults.maxRequestsPerConnection,
      min: 1,
      infinity: true,
    }),
  };
}
