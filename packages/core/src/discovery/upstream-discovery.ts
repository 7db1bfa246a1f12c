// Which source an upstream follows, and who waits for its first list. How it is followed is source-follower.ts.
import { onCancel, type Cancellation } from '../abort-scope.ts';
import type { EndpointSet } from '../endpoint/endpoint-set.ts';
import { coreError, type ProxyError } from '../errors.ts';
import type { ResolvedDiscovery } from './discovery-options.ts';
import type { DiscoveryStats } from './discovery-stats.ts';
import type { EndpointSource } from './endpoint-source.ts';
import { SourceFollower, type DiscoveryHome } from './source-follower.ts';

interface Waiter {
  readonly resolve: () => void;
  readonly reject: (reason: unknown) => void;
}

/** The discovery of one upstream. */
export class UpstreamDiscovery {
  readonly #options: ResolvedDiscovery;
  readonly #home: DiscoveryHome;
  readonly #waiting = new Set<Waiter>();
  #follower: SourceFollower | undefined;
  #closedBy: ProxyError | undefined;

  constructor(options: ResolvedDiscovery, home: DiscoveryHome) {
    this.#options = options;
    this.#home = home;
  }

  /** Whether there is nothing because there is a source that has told no good list yet. */
  owes({ endpoints }: EndpointSet): boolean {
    return endpoints.length === 0 && this.#follower?.hasAnswered === false;
  }

  /** What the source owes, for messages; empty when nothing. */
  describePending(): string {
    const follower = this.#follower;
    if (follower?.hasAnswered !== false) return '';
    return `${follower.name} has told none yet${follower.reason === undefined ? '' : ` (${follower.reason})`}`;
  }

  stats(): DiscoveryStats | undefined {
    return this.#follower?.stats();
  }

  /** Follows a source instead of the one before. @returns a function that ends it */
  follow(source: EndpointSource): () => void {
    if (this.#closedBy !== undefined) throw this.#closedBy;
    this.#follower?.stop(ended(this.#follower.name));
    const follower = new SourceFollower(source, this.#options, {
      ...this.#home,
      onReady: () => this.#settle(),
    });
    this.#follower = follower;
    return () => {
      follower.stop(ended(follower.name));
      if (this.#follower !== follower) return;
      this.#follower = undefined;
      this.#settle();
    };
  }

  /** Resolves when nothing is pending. @throws the reason of `close` or of the cancellation, when that comes first */
  ready(cancellation: Cancellation | undefined): Promise<void> {
    if (this.#closedBy !== undefined) return Promise.reject(this.#closedBy);
    if (this.#follower?.hasAnswered !== false) return Promise.resolve();
    let forget = (): void => {};
    let waiter: Waiter | undefined;
    return new Promise<void>((resolve, reject) => {
      waiter = { resolve, reject };
      this.#waiting.add(waiter);
      if (cancellation !== undefined) forget = onCancel(cancellation, reject);
    }).finally(() => {
      if (waiter !== undefined) this.#waiting.delete(waiter);
      forget();
    });
  }

  /** Ends the source, and sends away those who wait for it. */
  close(reason: ProxyError): void {
    this.#closedBy = reason;
    this.#follower?.stop(reason);
    for (const { reject } of this.#waiting) reject(reason);
  }

  #settle(): void {
    for (const { resolve } of this.#waiting) resolve();
    this.#home.onReady();
  }
}

function ended(name: string): ProxyError {
  return coreError('SLUICE_SHUTTING_DOWN', `${name} is not followed any more`);
}
