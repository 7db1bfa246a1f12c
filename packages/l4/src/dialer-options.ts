// Everything createDialer can be told, its defaults, and the one place where both are read.
import { readClock, resolveOptions, systemClock, type Clock } from '@sluice/core';
import { readDialGuard, type DialGuard, type DialRules } from './dial-guard.ts';
import { readUpstreamTls, type ResolvedUpstreamTls, type UpstreamTlsOptions } from './tls/upstream-tls.ts';

/** What `createDialer` takes. */
export interface DialerOptions extends DialRules {
  /**
   * The most time from `dial` to a usable connection, in milliseconds: name lookup, TCP and TLS together. `false`: as long as the system waits.
   * @defaultValue 5000
   */
  readonly connectTimeoutMs?: number | false;
  /** Whether small writes leave at once (TCP_NODELAY). @defaultValue true */
  readonly noDelay?: boolean;
  /** How long a connection is idle before the system asks whether the other side is still there, in milliseconds. @defaultValue 30000 */
  readonly keepAliveMs?: number | false;
  /** For addresses with `https:`. */
  readonly tls?: UpstreamTlsOptions;
  /** @defaultValue the system's */
  readonly clock?: Clock;
}

/** `DialerOptions`, complete and checked. */
export interface ResolvedDialerOptions {
  readonly connectTimeoutMs: number;
  readonly noDelay: boolean;
  readonly keepAliveMs: number;
  readonly tls: ResolvedUpstreamTls;
  readonly guard: DialGuard;
  readonly clock: Clock;
}

/** The defaults of `DialerOptions`. */
export const dialerDefaults: Readonly<
  Pick<ResolvedDialerOptions, 'connectTimeoutMs' | 'noDelay' | 'keepAliveMs' | 'clock'>
> = Object.freeze({ connectTimeoutMs: 5_000, noDelay: true, keepAliveMs: 30_000, clock: systemClock });

/** @throws OptionsError with every issue */
export function resolveDialerOptions(options: DialerOptions): ResolvedDialerOptions {
  return resolveOptions(options, 'dialer', (reader) => ({
    connectTimeoutMs: reader.milliseconds('connectTimeoutMs', { default: dialerDefaults.connectTimeoutMs, min: 1 }),
    noDelay: reader.boolean('noDelay', { default: dialerDefaults.noDelay }),
    keepAliveMs: reader.milliseconds('keepAliveMs', { default: dialerDefaults.keepAliveMs, min: 1000 }),
    tls: reader.nested('tls', readUpstreamTls),
    guard: readDialGuard(reader),
    clock: readClock(reader),
  }));
}
