// Which endpoints may be used, tier by tier; which of them to use is the balancer's choice.
import type { Balancer, PickHint } from '../balancers/balancer.ts';
import { createEndpointSet, type EndpointSet } from '../endpoint/endpoint-set.ts';
import type { Endpoint } from '../endpoint/endpoint.ts';
import type { LiveEndpoint } from './live-endpoint.ts';

/** What a caller asks for. */
export interface AcquireHint {
  /** What hash balancers place the work by. */
  readonly key?: string | undefined;
  /** Vetoes endpoints: those that have failed this request, for instance. */
  readonly accept?: ((endpoint: Endpoint) => boolean) | undefined;
}

/** Why nothing was selected. */
export type Shortage = 'full' | 'none';

const acceptAll = (): boolean => true;

/** Selects endpoints from the current generation. */
export class EndpointSelection {
  all: EndpointSet<LiveEndpoint>;
  readonly #balancer: Balancer;
  readonly #panic: boolean;
  #primaries: EndpointSet;
  #backups: EndpointSet;
  #veto: (endpoint: Endpoint) => boolean = acceptAll;
  // Both hints are reused by every selection, so that selecting allocates nothing.
  readonly #available: { key: string | undefined; readonly accept: PickHint['accept'] } = {
    key: undefined,
    accept: (endpoint) => endpoint.available && this.#veto(endpoint),
  };
  readonly #inPanic: { key: string | undefined; readonly accept: PickHint['accept'] } = {
    key: undefined,
    accept: (endpoint) =>
      (endpoint as LiveEndpoint).isInService && !(endpoint as LiveEndpoint).isFull && this.#veto(endpoint),
  };

  constructor(balancer: Balancer, panic: boolean) {
    this.#balancer = balancer;
    this.#panic = panic;
    this.all = createEndpointSet<LiveEndpoint>(0, []);
    this.#primaries = this.all;
    this.#backups = this.all;
  }

  /** Puts another generation in place. */
  replace(endpoints: readonly LiveEndpoint[]): void {
    const generation = this.all.generation + 1;
    const backups = endpoints.filter((endpoint) => endpoint.backup);
    this.all = createEndpointSet(generation, endpoints);
    this.#primaries =
      backups.length === 0
        ? this.all
        : createEndpointSet(
            generation,
            endpoints.filter((endpoint) => !endpoint.backup),
          );
    this.#backups = createEndpointSet(generation, backups);
  }

  /** An endpoint for this hint: a primary, else a backup, else, when all that could be used are ejected, one of those. */
  select(hint: AcquireHint): LiveEndpoint | undefined {
    this.#veto = hint.accept ?? acceptAll;
    try {
      return (
        this.#pickByTier(this.#available, hint.key) ??
        (this.#shouldPanic() ? this.#pickByTier(this.#inPanic, hint.key) : undefined)
      );
    } finally {
      this.#veto = acceptAll;
    }
  }

  /** Why `select` had nothing: endpoints that are only full are worth waiting for. */
  shortage(hint: AcquireHint): Shortage {
    const accept = hint.accept ?? acceptAll;
    return this.all.endpoints.some((endpoint) => endpoint.isInService && endpoint.isFull && accept(endpoint))
      ? 'full'
      : 'none';
  }

  #pickByTier(
    hint: { key: string | undefined; readonly accept: PickHint['accept'] },
    key: string | undefined,
  ): LiveEndpoint | undefined {
    hint.key = key;
    const picked =
      this.#balancer.pick(this.#primaries, hint) ??
      (this.#backups.endpoints.length > 0 ? this.#balancer.pick(this.#backups, hint) : undefined);
    return picked as LiveEndpoint | undefined;
  }

  /** Panic is for when health has taken everything away; an endpoint that is healthy but full is a reason to wait instead. */
  #shouldPanic(): boolean {
    return this.#panic && !this.all.endpoints.some((endpoint) => endpoint.state === 'full' && this.#veto(endpoint));
  }
}
