// Which endpoints may be used, tier by tier; which of them to use is the balancer's choice. How tiers share the work is tiers/tier-list.ts.
import type { Balancer } from '../balancers/balancer.ts';
import { createEndpointSet, type EndpointSet } from '../endpoint/endpoint-set.ts';
import type { Endpoint, EndpointState } from '../endpoint/endpoint.ts';
import type { PanicWatch } from '../health/panic-watch.ts';
import type { PanicMode } from '../health/health-options.ts';
import { TierList, type TierPolicy } from '../tiers/tier-list.ts';
import { tierStats } from '../tiers/tier-stats.ts';
import type { Tier } from '../tiers/tier.ts';
import type { LiveEndpoint } from './live-endpoint.ts';
import type { ResolvedUpstreamOptions } from './upstream-options.ts';
import type { UpstreamStats } from './upstream-stats.ts';

/** What a piece of work asks for. */
export interface AcquireHint {
  /** What hashing balancers hash. Without one they take turns. */
  readonly key?: string | undefined;
  /** Which endpoints are acceptable. Without effect of its own: it may be asked often. @defaultValue all */
  readonly accept?: ((endpoint: Endpoint) => boolean) | undefined;
  /**
   * The id of the endpoint that gets it, whatever the balancer thinks, if that is acceptable and able to take it. One that is draining, or has
   * the weight 0, is: it gets no new clients, but keeps those that it has. @defaultValue none
   */
  readonly prefer?: string | undefined;
}

/** What decides on the selection besides the balancer. */
export interface SelectionPolicy extends TierPolicy {
  /** What happens when too few endpoints are healthy. */
  readonly panic: PanicMode;
}

const acceptAll = (): boolean => true;

/** A pick hint that is used for all picks, so that selecting allocates nothing. */
interface ReusedHint {
  key: string | undefined;
  readonly accept: (endpoint: Endpoint) => boolean;
}

/** What an upstream's options say about it. */
export function selectionPolicy({ health, tiers, locality }: ResolvedUpstreamOptions): SelectionPolicy {
  const { panic, panicThresholdPercent } = health;
  const panicThreshold = panic === false ? 0 : panicThresholdPercent / 100;
  return { ...tiers, locality, panic, panicThreshold };
}

/** Selects endpoints from the current generation. */
export class EndpointSelection {
  /** All endpoints. */
  all: EndpointSet<LiveEndpoint> = createEndpointSet<LiveEndpoint>(0, []);
  readonly #balancer: Balancer;
  readonly #policy: SelectionPolicy;
  readonly #panics: PanicWatch | undefined;
  #tiers: TierList;
  #accept: (endpoint: Endpoint) => boolean = acceptAll;
  readonly #available: ReusedHint = {
    key: undefined,
    accept: (endpoint) => endpoint.available && this.#accept(endpoint),
  };
  readonly #inPanic: ReusedHint = {
    key: undefined,
    accept: (endpoint) => isBetterThanNothing(endpoint as LiveEndpoint) && this.#accept(endpoint),
  };
  readonly #inDespair: ReusedHint = {
    key: undefined,
    accept: (endpoint) => isUsableInPanic(endpoint as LiveEndpoint) && this.#accept(endpoint),
  };

  constructor(balancer: Balancer, policy: SelectionPolicy, panics?: PanicWatch) {
    this.#balancer = balancer;
    this.#policy = policy;
    this.#panics = panics;
    this.#tiers = new TierList(this.all, policy);
  }

  /** Puts another generation in place. */
  replace(endpoints: readonly LiveEndpoint[]): void {
    this.all = createEndpointSet(this.all.generation + 1, endpoints);
    this.#tiers = new TierList(this.all, this.#policy);
  }

  /** Divides the work anew. To be called whenever the health of an endpoint has changed, or an operator's mind about it. */
  refresh(): void {
    this.#tiers.refresh();
    this.#panics?.look(this.#tiers);
  }

  /** The endpoint of that id. */
  find(id: string): LiveEndpoint | undefined {
    return this.#tiers.find(id);
  }

  /**
   * An endpoint for this hint: the preferred one; else an available one of the tier whose turn it is; else one of the other tiers, in order. When
   * nobody at all is healthy, one that is ejected or has asked for no more work, or else one that its checks find unhealthy.
   */
  select(hint: AcquireHint): LiveEndpoint | undefined {
    const tiers = this.#tiers;
    const preferred = hint.prefer === undefined ? undefined : tiers.find(hint.prefer);
    if (preferred?.keepsClients === true && (hint.accept ?? acceptAll)(preferred)) return preferred;
    this.#accept = hint.accept ?? acceptAll;
    try {
      const endpoint = this.#pick(tiers, hint.key);
      if (endpoint !== undefined || !tiers.isLost || this.#policy.panic !== true) return endpoint;
      return this.#pickInOrder(tiers, hint.key, this.#inPanic) ?? this.#pickInOrder(tiers, hint.key, this.#inDespair);
    } finally {
      // The caller's function is not kept for longer than its call.
      this.#accept = acceptAll;
    }
  }

  /** Whether anything could be selected by somebody, for now. */
  hasRoom(): boolean {
    const { endpoints } = this.all;
    return (
      endpoints.some((endpoint) => endpoint.available) ||
      (this.#tiers.isPanicking && this.#policy.panic === true && endpoints.some(isUsableInPanic))
    );
  }

  /** Whether some acceptable endpoint is only full or not probed yet, or would do if the upstream as a whole were not full. */
  isWorthWaiting({ accept = acceptAll }: AcquireHint, isUpstreamFull: boolean): boolean {
    const { active, isLost } = this.#tiers;
    return active.some((tier) => {
      if (this.#isClosed(tier)) return false;
      const panicking = (isLost || tier.isPanicking) && this.#policy.panic === true;
      return tier.set.endpoints.some(
        (endpoint) =>
          endpoint.isInService &&
          (endpoint.isUnchecked ||
            ((isUpstreamFull || endpoint.isFull) && (panicking ? !endpoint.isTripped : endpoint.isFit))) &&
          accept(endpoint),
      );
    });
  }

  /** Its part of the upstream's statistics. */
  stats(): Pick<UpstreamStats, 'isPanicking' | 'panics' | 'tiers'> {
    const { isPanicking = false, count = 0 } = this.#panics ?? {};
    return { isPanicking, panics: count, tiers: this.#tiers.active.map(tierStats) };
  }

  /** How many endpoints there are in each state, for messages. */
  describe(): string {
    const counts = new Map<EndpointState, number>();
    for (const { state } of this.all.endpoints) counts.set(state, (counts.get(state) ?? 0) + 1);
    const list = Array.from(counts, ([state, count]) => `${count} ${state}`).join(', ');
    const isSparing = this.#policy.panic === 'fail' && this.#tiers.isPanicking;
    return counts.size === 0 ? 'it has none' : list + (isSparing ? '; too few are healthy' : '');
  }

  #pick(tiers: TierList, key: string | undefined): LiveEndpoint | undefined {
    const tier = this.#nextTier(tiers, key);
    if (tier === undefined || this.#isClosed(tier)) return undefined;
    const picked = this.#pickFrom(tier, key, this.#hintFor(tier));
    if (picked !== undefined || tiers.active.length === 1) return picked;
    // All of the tier is full, or not acceptable.
    return this.#pickInOrder(tiers, key, undefined, tier);
  }

  #pickInOrder(
    { active }: TierList,
    key: string | undefined,
    hint: ReusedHint | undefined,
    except?: Tier,
  ): LiveEndpoint | undefined {
    for (let index = 0; index < active.length; index++) {
      const tier = active[index];
      if (tier === undefined || tier === except || this.#isClosed(tier)) continue;
      const picked = this.#pickFrom(tier, key, hint ?? this.#hintFor(tier));
      if (picked !== undefined) return picked;
    }
    return undefined;
  }

  #pickFrom({ set }: Tier, key: string | undefined, hint: ReusedHint): LiveEndpoint | undefined {
    hint.key = key;
    return this.#balancer.pick(set, hint) as LiveEndpoint | undefined;
  }

  /** The tier whose turn it is. Where keys have places, a key's tier is its own for as long as the loads allow it. */
  #nextTier({ sole, turns }: TierList, key: string | undefined): Tier | undefined {
    if (sole !== undefined) return sole;
    return key !== undefined && this.#balancer.placesByKey === true ? turns.of(key) : turns.next();
  }

  /** Whom a tier has to offer: those that are available; in panic, everybody in service. */
  #hintFor(tier: Tier): ReusedHint {
    return tier.isPanicking && this.#policy.panic === true ? this.#inDespair : this.#available;
  }

  /** Whether the few that are left of a tier are spared. */
  #isClosed(tier: Tier): boolean {
    return tier.isPanicking && this.#policy.panic === 'fail';
  }
}

/** Whether nobody has asked it and found it unhealthy; it may be ejected, or draining because it wants to. */
function isBetterThanNothing(endpoint: LiveEndpoint): boolean {
  return isUsableInPanic(endpoint) && endpoint.counters.health.verdict !== 'unhealthy';
}

function isUsableInPanic(endpoint: LiveEndpoint): boolean {
  return endpoint.isInService && !endpoint.isFull && !endpoint.isTripped;
}
