// Which exchanges are hedged, and after how long. The attempts themselves are attempt-race.ts.
import type { Clock, Upstream } from '@sluice/core';
import type { StatusList } from '../health/status-list.ts';
import type { ProxyExchange } from '../exchange.ts';
import type { RetryBudget } from '../retry/retry-budget.ts';
import type { ResolvedHedge } from './hedge-options.ts';
import { LatencyQuantile } from './latency-quantile.ts';

/** What hedges and retries have in common. */
export interface HedgeLimits {
  readonly maxAttempts: number;
  /** Answers that are no better than none. */
  readonly statuses: StatusList;
  readonly budget: RetryBudget;
}

/** The hedges of one retry policy. */
export class Hedging {
  /** Attempts that were started while another ran. */
  started = 0;
  /** Those of them that answered first. */
  won = 0;
  readonly maxHedges: number;
  readonly limits: HedgeLimits;
  readonly #options: ResolvedHedge;
  readonly #clock: Clock;
  /** What is known of upstreams that are still in use. */
  readonly #latencies = new WeakMap<Upstream, LatencyQuantile>();

  constructor(options: ResolvedHedge, limits: HedgeLimits, clock: Clock) {
    this.maxHedges = options.maxHedges;
    this.limits = limits;
    this.#options = options;
    this.#clock = clock;
  }

  /** Whether a method is hedged, if the rest of the exchange allows it. */
  isFor(method: string): boolean {
    return this.#options.methods.has(method);
  }

  /**
   * Whether an exchange is hedged.
   *
   * Not one that leaves HTTP, or that waits for `100 Continue`: it has a conversation with one endpoint. Nor one that belongs to an endpoint: the
   * others do not know its session, and would be quick to say so.
   *
   * @param hasMemory - Whether its body is remembered.
   */
  mayHedge({ request, preference }: ProxyExchange, hasMemory: boolean): boolean {
    const { method, body, upgrade, expectContinue } = request;
    if (!this.isFor(method) || upgrade !== undefined || preference !== undefined) return false;
    return body.size === 0 || (hasMemory && !expectContinue);
  }

  /** How long an attempt may take before another one starts; `undefined` while that is not known. */
  delayMs(upstream: Upstream): number | undefined {
    const { afterMs, minMs, minSamples } = this.#options;
    if (afterMs !== undefined) return afterMs;
    const latency = this.#latencies.get(upstream);
    return latency === undefined || latency.count < minSamples ? undefined : Math.max(minMs, latency.valueMs());
  }

  /** An exchange was answered, so long after its first attempt began: a hedge that wins hides how long the first one would have taken, but not that it was slow. */
  note(upstream: Upstream, latencyMs: number): void {
    if (this.#options.afterMs !== undefined) return;
    let latency = this.#latencies.get(upstream);
    if (latency === undefined) {
      latency = new LatencyQuantile(this.#options.percentile, this.#clock);
      this.#latencies.set(upstream, latency);
    }
    latency.note(latencyMs);
  }
}
