// The sessions of each upstream, in order to end them when their endpoint is taken out of rotation. What is ended is endpoint-loss.ts.
import type { Endpoint, ProxyError, Upstream, UpstreamChange } from '@sluice/core';
import { l4Error } from '../errors.ts';
import type { LossPolicy, ResolvedEndpointLoss } from './endpoint-loss.ts';

/** A session, as far as it can be ended. */
export interface EndpointSession {
  /** Where it goes. */
  readonly endpoint: Endpoint | undefined;
  /** Ends it now. */
  cut(error: ProxyError): void;
  /** Ends it when some time is over, unless it has ended by then. */
  cutWithin(ms: number, error: ProxyError): void;
}

/** Listens to an upstream only while it has sessions; to none when all sessions are kept. */
export class EndpointSessions {
  readonly #loss: ResolvedEndpointLoss;
  readonly #watched: boolean;
  readonly #upstreams = new Map<Upstream, UpstreamSessions>();

  constructor(loss: ResolvedEndpointLoss) {
    this.#loss = loss;
    this.#watched = loss.onEjected !== 'keep' || loss.onRemoved !== 'keep' || loss.onDrained !== 'keep';
  }

  add(upstream: Upstream, session: EndpointSession): void {
    if (!this.#watched) return;
    let sessions = this.#upstreams.get(upstream);
    if (sessions === undefined) this.#upstreams.set(upstream, (sessions = new UpstreamSessions(upstream, this.#loss)));
    sessions.open.add(session);
  }

  remove(upstream: Upstream, session: EndpointSession): void {
    const sessions = this.#upstreams.get(upstream);
    sessions?.open.delete(session);
    if (sessions?.open.size !== 0) return;
    sessions.stop();
    this.#upstreams.delete(upstream);
  }
}

class UpstreamSessions {
  readonly open = new Set<EndpointSession>();
  readonly stop: () => void;
  readonly #upstream: Upstream;
  readonly #loss: ResolvedEndpointLoss;

  constructor(upstream: Upstream, loss: ResolvedEndpointLoss) {
    this.#upstream = upstream;
    this.#loss = loss;
    const offs = [
      upstream.on('endpoint-ejected', ({ endpoint }) => this.#lose(loss.onEjected, 'ejected', [endpoint.id])),
      upstream.on('endpoint-unhealthy', ({ endpoint }) => this.#lose(loss.onEjected, 'found unhealthy', [endpoint.id])),
      upstream.on('endpoint-drained', ({ endpoint }) => this.#lose(loss.onDrained, 'drained', [endpoint.id])),
      upstream.on('endpoints-updated', (change) => this.#onUpdated(change)),
    ];
    this.stop = () => {
      for (const off of offs) off();
    };
  }

  #onUpdated({ removed, changed }: UpstreamChange): void {
    const moved = changed.filter((id) => this.#hasMoved(id));
    this.#lose(this.#loss.onRemoved, 'removed', [...removed, ...moved]);
  }

  #hasMoved(id: string): boolean {
    const { address } = this.#upstream.endpointSet.endpoints.find((endpoint) => endpoint.id === id) as Endpoint;
    for (const { endpoint } of this.open) if (endpoint?.id === id) return endpoint.address.href !== address.href;
    return false;
  }

  #lose(policy: LossPolicy, what: string, ids: readonly string[]): void {
    if (policy === 'keep' || ids.length === 0) return;
    const lost = [...this.open].filter(({ endpoint }) => endpoint !== undefined && ids.includes(endpoint.id));
    for (const session of lost) {
      const error = l4Error('SLUICE_ENDPOINT_LOST', `the endpoint ${session.endpoint?.id} was ${what}`);
      if (policy === 'cut') session.cut(error);
      else session.cutWithin(this.#loss.drainMs, error);
    }
  }
}
