// What the connections of a wire listener share, so that each of them holds one reference instead of ten.
import type { ProxyError, Listed } from '@sluice/core';
import type { SpliceOptions } from '@sluice/l4';
import type { ProxyExchange } from '../exchange.ts';
import type { ExchangeRunner } from '../exchange-runner.ts';
import type { UpgradePolicy } from '../request/upgrade-protocol.ts';
import type { RequestLimits } from '../wire/request-reader.ts';
import type { PhaseTimeouts } from './connection-deadline.ts';
import type { ResolvedListenerLimits } from './listener-limits.ts';
import type { WireResponseOptions } from './wire-response.ts';

/** A connection, as its listener sees it. */
export interface OpenConnection extends Listed {
  /** Ends what has taken too long. */
  sweep(nowMs: number): void;
  /** Closes the connection if it waits for its next request. The first one may be on its way already, so it keeps its time. */
  closeIdle(): void;
  /** Closes the connection, whatever is under way. */
  destroy(): void;
}

/** What the connections of a listener share. */
export interface WireConnectionHome {
  readonly runner: ExchangeRunner;
  readonly response: WireResponseOptions;
  readonly limits: ResolvedListenerLimits & RequestLimits;
  readonly timeouts: PhaseTimeouts;
  readonly tunnels: Pick<SpliceOptions, 'clock' | 'idleTimeoutMs'>;
  readonly upgrades: UpgradePolicy;
  readonly servesConnect: boolean;
  /** Coarse time, never behind and at most one sweep ahead. */
  readonly nowMs: () => number;
  /** Whether responses are the last on their connections. */
  readonly isLast: () => boolean;
  /** Why new work is refused, if it is. */
  readonly refusal: () => ProxyError | undefined;
  /** Ends an exchange. */
  readonly finish: (exchange: ProxyExchange, status: number) => void;
  /** Hears of what is refused, except by exchanges: `finish` tells. */
  readonly onRefused: (error: ProxyError) => void;
  /** The connection is closed, or has left HTTP. Called once. */
  readonly onClosed: (connection: OpenConnection) => unknown;
}
