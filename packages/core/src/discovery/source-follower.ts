// Follows one source of endpoints: takes its good lists, refuses the others as a whole, and asks again when it fails. Whatever the source
// does, the last good list stays. What a list changes is endpoint-update.ts.
//
//   source.watch ── snapshot ──► check ── good ──► apply ──► discovery-updated
//        ▲              └──────────────── wrong, empty ────► discovery-failed
//        └── wait, longer each time ◄── thrown ──────────────────┘
import { createAbortScope, type OwnedAbortScope } from '../abort-scope.ts';
import type { Clock } from '../clock.ts';
import { coreError, type ProxyError } from '../errors.ts';
import type { Events } from '../events.ts';
import { describeValue } from '../options/describe-value.ts';
import { pause } from '../pause.ts';
import type { Random } from '../random.ts';
import type { EndpointDescription } from '../upstream/live-endpoint.ts';
import type { DiscoveryFailed, UpstreamChange, UpstreamEvents } from '../upstream/upstream-events.ts';
import { resolveEndpoints } from '../upstream/upstream-options.ts';
import { retryWaitMs, type ResolvedDiscovery } from './discovery-options.ts';
import type { DiscoveryState, DiscoveryStats } from './discovery-stats.ts';
import type { EndpointSnapshot, EndpointSource, SourceFailure } from './endpoint-source.ts';

/** What following needs of its upstream. */
export interface DiscoveryHome {
  readonly clock: Clock;
  readonly random: Random;
  readonly emit: Events<UpstreamEvents>['emit'];
  /** Makes these the endpoints. */
  readonly apply: (endpoints: readonly EndpointDescription[]) => UpstreamChange;
  /** Called when the wait for the first good list is over. */
  readonly onReady: () => void;
}

/** One source, for as long as it is followed. */
export class SourceFollower {
  readonly name: string;
  readonly #source: EndpointSource;
  readonly #options: ResolvedDiscovery;
  readonly #home: DiscoveryHome;
  readonly #scope: OwnedAbortScope = createAbortScope();
  #state: DiscoveryState = 'pending';
  #snapshots = 0;
  #failures = 0;
  #failuresInARow = 0;
  #reason: string | undefined;
  #last: EndpointSnapshot | undefined;
  #lastMs = 0;

  constructor(source: EndpointSource, options: ResolvedDiscovery, home: DiscoveryHome) {
    this.name = source.name;
    this.#source = source;
    this.#options = options;
    this.#home = home;
    // Not before those who made the upstream could listen to its events.
    void Promise.resolve().then(() => this.#run());
  }

  /** Whether there was a good list. */
  get hasAnswered(): boolean {
    return this.#last !== undefined;
  }

  /** Why the source failed last; `undefined` while it does not. */
  get reason(): string | undefined {
    return this.#reason;
  }

  stats(): DiscoveryStats {
    const last = this.#last;
    return {
      source: this.name,
      state: this.#state,
      snapshots: this.#snapshots,
      failures: this.#failures,
      reason: this.#reason,
      revision: last?.revision,
      ageMs: last === undefined ? undefined : this.#home.clock.now() - this.#lastMs,
      ttlMs: last?.ttlMs,
    };
  }

  /** Ends the source, whatever it is doing. */
  stop(reason: ProxyError): void {
    this.#scope.abort(reason);
  }

  async #run(): Promise<void> {
    const { clock, random } = this.#home;
    while (!this.#scope.aborted) {
      try {
        await this.#watch();
        return;
      } catch (error) {
        if (this.#scope.aborted) return;
        const retryMs = retryWaitMs(this.#options, this.#failuresInARow + 1, random());
        this.#fail('unavailable', error, retryMs);
        await pause(retryMs, clock, this.#scope).catch(ignore);
      }
    }
  }

  /** Listens until the source ends. @throws what the source throws */
  async #watch(): Promise<void> {
    const scope = this.#scope;
    const iterator = this.#source.watch(scope)[Symbol.asyncIterator]();
    // A source that does not heed its scope may heed this.
    const leave = (): void => void Promise.resolve(iterator.return?.()).catch(ignore);
    const forget = scope.onAbort(leave);
    try {
      for (;;) {
        const { done, value } = await iterator.next();
        if (scope.aborted) return;
        if (done === true) break;
        this.#take(value);
        // A listener may have ended it.
        if (this.#scope.aborted) return;
      }
    } finally {
      forget();
    }
    if (!this.hasAnswered) throw coreError('SLUICE_DISCOVERY_FAILED', `${this.name} ended without a list of endpoints`);
    if (this.#state === 'following') this.#state = 'ended';
  }

  #take(news: EndpointSnapshot | SourceFailure): void {
    if (!isSnapshot(news)) {
      const nothing = (): Error =>
        coreError('SLUICE_DISCOVERY_FAILED', `${this.name} told neither endpoints nor an error`);
      return this.#fail('unavailable', news?.error ?? nothing());
    }
    let endpoints: readonly EndpointDescription[];
    try {
      endpoints = resolveEndpoints(news.endpoints);
    } catch (error) {
      return this.#fail('invalid', error);
    }
    if (endpoints.length > 0 || this.#options.onEmpty === 'apply') return this.#accept(news, endpoints);
    this.#fail('empty', coreError('SLUICE_DISCOVERY_FAILED', `${this.name} knows of no endpoint`));
  }

  #accept(snapshot: EndpointSnapshot, endpoints: readonly EndpointDescription[]): void {
    const isFirst = !this.hasAnswered;
    const isRecovery = this.#state === 'failing' || this.#failuresInARow > 0;
    this.#state = 'following';
    this.#snapshots++;
    this.#failuresInARow = 0;
    this.#reason = undefined;
    this.#last = snapshot;
    this.#lastMs = this.#home.clock.now();
    // A list is a set. In one order, it is the same set for balancers too, in every process.
    const change = this.#home.apply(endpoints.toSorted((one, other) => (one.id < other.id ? -1 : 1)));
    if (isFirst) this.#home.onReady();
    const { added, changed, removed } = change;
    if (isFirst || isRecovery || added.length + changed.length + removed.length > 0)
      this.#home.emit('discovery-updated', { source: this.name, revision: snapshot.revision, ...change });
  }

  #fail(kind: DiscoveryFailed['kind'], error: unknown, retryMs?: number): void {
    if (this.hasAnswered) this.#state = 'failing';
    this.#failures++;
    this.#failuresInARow++;
    this.#reason = error instanceof Error ? error.message : describeValue(error);
    const { name: source } = this;
    const failures = this.#failuresInARow;
    this.#home.emit('discovery-failed', { source, kind, reason: this.#reason, error, failures, retryMs });
  }
}

function ignore(): void {}

function isSnapshot(news: EndpointSnapshot | SourceFailure | undefined): news is EndpointSnapshot {
  return typeof news === 'object' && news !== null && 'endpoints' in news;
}
