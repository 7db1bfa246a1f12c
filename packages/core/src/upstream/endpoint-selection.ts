// Which endpoints may be used, tier by tier; which of them to use is the balancer's choice.
import type { Balancer } from '../balancers/balancer.ts';
import { createEndpointSet, type EndpointSet } from '../endpoint/endpoint-set.ts';
import type { Endpoint, EndpointState } from '../endpoint/endpoint.ts';
import type { LiveEndpoint } from './live-endpoint.ts';

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

const acceptAll = (): boolean => true;

/** A pick hint that is used for all picks, so that selecting allocates nothing. */
interface ReusedHint {
  key: string | undefined;
  readonly accept: (endpoint: Endpoint) => boolean;
}

/** Selects endpoints from the current generation. */
export class EndpointSelection {
  /** All endpoints. */
  all: EndpointSet<LiveEndpoint> = createEndpointSet<LiveEndpoint>(0, []);
  readonly #balancer: Balancer;
  readonly #panic: boolean;
  #primaries: EndpointSet<LiveEndpoint> = this.all;
  #byId: ReadonlyMap<string, LiveEndpoint> = new Map();
  #backups: EndpointSet<LiveEndpoint> = this.all;
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

  constructor(balancer: Balancer, panic: boolean) {
    this.#balancer = balancer;
    this.#panic = panic;
  }

  /** Puts another generation in place. */
  replace(endpoints: readonly LiveEndpoint[]): void {
    const generation = this.all.generation + 1;
    const primaries = endpoints.filter((endpoint) => !endpoint.backup);
    const backups = endpoints.filter((endpoint) => endpoint.backup);
    this.all = createEndpointSet(generation, endpoints);
    this.#primaries = backups.length === 0 ? this.all : createEndpointSet(generation, primaries);
    this.#backups = createEndpointSet(generation, backups);
    this.#byId = new Map(endpoints.map((endpoint) => [endpoint.id, endpoint]));
  }

  /**
   * An endpoint for this hint: the preferred one, else an available primary, else an available backup, else in panic one that is ejected or has asked for no more
   * work, else in panic one that its checks find unhealthy.
   */
  select(hint: AcquireHint): LiveEndpoint | undefined {
    const preferred = hint.prefer === undefined ? undefined : this.#byId.get(hint.prefer);
    if (preferred?.keepsClients === true && (hint.accept ?? acceptAll)(preferred)) return preferred;
    this.#accept = hint.accept ?? acceptAll;
    try {
      const endpoint = this.#pick(this.#available, hint.key);
      if (endpoint !== undefined || !this.#isPanicking()) return endpoint;
      return this.#pick(this.#inPanic, hint.key) ?? this.#pick(this.#inDespair, hint.key);
    } finally {
      // The caller's function is not kept for longer than its call.
      this.#accept = acceptAll;
    }
  }

  /** Whether anything could be selected by somebody, for now. */
  hasRoom(): boolean {
    const { endpoints } = this.all;
    return endpoints.some((endpoint) => endpoint.available) || (this.#isPanicking() && endpoints.some(isUsableInPanic));
  }

  /** Whether some acceptable endpoint is only full or not probed yet, or would do if the upstream as a whole were not full. */
  isWorthWaiting({ accept = acceptAll }: AcquireHint, isUpstreamFull: boolean): boolean {
    const panicking = this.#isPanicking();
    return this.all.endpoints.some(
      (endpoint) =>
        endpoint.isInService &&
        (endpoint.isUnchecked ||
          ((isUpstreamFull || endpoint.isFull) && (panicking ? !endpoint.isTripped : endpoint.isFit))) &&
        accept(endpoint),
    );
  }

  /** How many endpoints there are in each state, for messages. */
  describe(): string {
    const counts = new Map<EndpointState, number>();
    for (const { state } of this.all.endpoints) counts.set(state, (counts.get(state) ?? 0) + 1);
    return counts.size === 0 ? 'it has none' : Array.from(counts, ([state, count]) => `${count} ${state}`).join(', ');
  }

  #pick(hint: ReusedHint, key: string | undefined): LiveEndpoint | undefined {
    hint.key = key;
    const picked =
      this.#balancer.pick(this.#primaries, hint) ??
      (this.#backups.endpoints.length > 0 ? this.#balancer.pick(this.#backups, hint) : undefined);
    return picked as LiveEndpoint | undefined;
  }

  /** Panic is for when health has taken everything away; one endpoint that is only full, or not probed yet, is a reason to wait. */
  #isPanicking(): boolean {
    return (
      this.#panic &&
      this.all.endpoints.every((endpoint) => !endpoint.isInService || !(endpoint.isFit || endpoint.isUnchecked))
    );
  }
}

/** Whether nobody has asked it and found it unhealthy; it may be ejected, or draining because it wants to. */
function isBetterThanNothing(endpoint: LiveEndpoint): boolean {
  return isUsableInPanic(endpoint) && endpoint.counters.health.verdict !== 'unhealthy';
}

function isUsableInPanic(endpoint: LiveEndpoint): boolean {
  return endpoint.isInService && !endpoint.isFull && !endpoint.isTripped;
}
