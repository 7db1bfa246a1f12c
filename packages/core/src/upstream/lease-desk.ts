// Lends endpoints and takes them back: counts what is out, and tells all who want to know how it went.
import type { UpstreamHealth } from '../health/upstream-health.ts';
import type { OverloadGuard } from '../resilience/overload-guard.ts';
import { EndpointLease, outcomeOk, type Lease, type Lessor, type Outcome } from './lease.ts';
import type { LiveEndpoint } from './live-endpoint.ts';
import type { ResolvedUpstreamOptions } from './upstream-options.ts';

/** What a desk needs of its upstream. */
export interface DeskHome {
  readonly health: UpstreamHealth;
  readonly guard: OverloadGuard | undefined;
  /** Whether there is more than one endpoint. */
  readonly hasOthers: () => boolean;
  /** Called when somebody who waits may have a turn. */
  readonly onFreed: () => void;
}

/** The leases of one upstream. */
export class LeaseDesk implements Lessor {
  readonly wantsLatency: boolean;
  /** Leases that are out. */
  inFlight = 0;
  readonly #options: ResolvedUpstreamOptions;
  readonly #home: DeskHome;
  #onIdle: () => void = () => {};

  constructor(options: ResolvedUpstreamOptions, home: DeskHome) {
    this.#options = options;
    this.#home = home;
    this.wantsLatency =
      options.health.outliers?.latency !== undefined ||
      options.balancer.observe !== undefined ||
      home.guard?.wantsLatency === true;
  }

  /** Lends an endpoint that was selected. */
  lend(endpoint: LiveEndpoint): Lease {
    const { counters } = endpoint;
    const term = this.#home.health.onLease(endpoint);
    counters.inFlight++;
    counters.acquired++;
    this.inFlight++;
    return new EndpointLease(endpoint, term, this, this.#home.guard?.onLease(endpoint, this.inFlight));
  }

  onSucceeded({ endpoint, term, pass }: EndpointLease, latencyMs: number | undefined): void {
    const { guard, health, onFreed } = this.#home;
    const outcome: Outcome = latencyMs === undefined ? outcomeOk : { result: 'ok', latencyMs };
    health.judge(endpoint, term, outcome, true);
    if (latencyMs !== undefined) this.#options.balancer.observe?.(endpoint, latencyMs, false);
    if (pass !== undefined) guard?.onOutcome(endpoint, pass, outcome, false);
    onFreed();
  }

  onReleased({ endpoint, term, pass }: EndpointLease, outcome: Outcome, hasSucceeded: boolean): void {
    const { guard, hasOthers, health, onFreed } = this.#home;
    const { counters } = endpoint;
    counters.inFlight--;
    this.inFlight--;
    if (outcome.result === 'ok') counters.ok++;
    else if (outcome.result === 'failed') counters.failed++;
    else counters.cancelled++;
    if (!hasSucceeded || outcome.result === 'failed') {
      health.judge(endpoint, term, outcome, !counters.isGone && hasOthers());
      this.#observe(endpoint, outcome);
    }
    if (pass !== undefined) guard?.onOutcome(endpoint, pass, outcome, hasSucceeded);
    onFreed();
    if (counters.inFlight === 0) counters.drain?.end();
    if (this.inFlight === 0) this.#onIdle();
  }

  /** Resolves when no lease is out. */
  whenIdle(): Promise<void> {
    if (this.inFlight === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#onIdle = resolve;
    });
  }

  /** Tells the balancer, if it wants to hear. Work that was given up tells nothing. */
  #observe(endpoint: LiveEndpoint, { result, latencyMs }: Outcome): void {
    const failed = result === 'failed';
    if (failed || latencyMs !== undefined) this.#options.balancer.observe?.(endpoint, latencyMs ?? 0, failed);
  }
}
