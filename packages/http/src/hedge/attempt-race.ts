// Attempts of one exchange that run beside each other: when one takes long, another endpoint is asked as well, and the first to answer wins.
// When that is worth it is hedging.ts. What follows when all have failed is for forward.ts, as after any attempt.
import { createAbortScope, type Endpoint, type Lease, type OwnedAbortScope, type Timer } from '@sluice/core';
import type { Body } from '../body/body.ts';
import { httpError } from '../errors.ts';
import type { ProxyExchange } from '../exchange.ts';
import { failAttempt, refuseAnswer } from '../failed-attempt.ts';
import type { HeaderList } from '../headers/header-list.ts';
import { attemptHead } from '../request/outgoing-head.ts';
import type { ProxyResponse } from '../response/response.ts';
import type { ReplayableBody } from '../retry/replayable-body.ts';
import type { OutgoingRequest } from '../transport/transport.ts';
import { acquireAtOnce } from './acquire-at-once.ts';
import type { Hedging } from './hedging.ts';
import type { RaceHome } from './race-home.ts';

/** An attempt that runs. */
interface Runner {
  readonly lease: Lease;
  readonly startedMs: number;
  /** Ends this attempt alone. */
  readonly scope: OwnedAbortScope;
  readonly isHedge: boolean;
  /** Its interim responses, until it is known whether anybody is to hear them. Its head limit bounds them. */
  readonly interim: (() => void)[];
}

/** An answer that is no better than none, while somebody may have a better one. */
interface Spare {
  readonly runner: Runner;
  readonly response: ProxyResponse;
}

/** Made once: an error costs its stack trace, and this one says no more than its code. */
const overtaken = httpError('SLUICE_ATTEMPT_OVERTAKEN', 'another endpoint answered first');

/** The attempts of one exchange, one race after the other. */
export class AttemptRace {
  /** Of the attempt that begins a race, then of the one that decided it: that has won, or was the last to fail. */
  lease!: Lease;
  /** When that attempt began. */
  startedMs = 0;
  readonly #exchange: ProxyExchange;
  readonly #hedging: Hedging;
  readonly #replay: ReplayableBody | undefined;
  readonly #headers: HeaderList;
  readonly #home: RaceHome;
  readonly #running: Runner[] = [];
  #request!: OutgoingRequest;
  #resolve!: (response: ProxyResponse) => void;
  #reject!: (error: unknown) => void;
  #spare: Spare | undefined;
  #timer: Timer | undefined;
  #hedges = 0;

  constructor(
    exchange: ProxyExchange,
    hedging: Hedging,
    replay: ReplayableBody | undefined,
    headers: HeaderList,
    home: RaceHome,
  ) {
    this.#exchange = exchange;
    this.#hedging = hedging;
    this.#replay = replay;
    this.#headers = headers;
    this.#home = home;
  }

  /**
   * Sends a request to the endpoint of `lease`, and to others when that takes long.
   *
   * @throws what ended the last attempt; the others are noted by then, and it is for the caller to note this one.
   */
  run(request: OutgoingRequest): Promise<ProxyResponse> {
    this.#request = request;
    const firstMs = this.#home.clock.now();
    const answered = new Promise<ProxyResponse>((resolve, reject) => {
      this.#resolve = (response) => {
        this.#hedging.note(this.#exchange.upstream, this.#home.clock.now() - firstMs);
        resolve(response);
      };
      this.#reject = reject;
    });
    this.#start(this.lease, request.body, false);
    this.#wait();
    return answered;
  }

  /** Starts the time after which another one is asked, if one may be. */
  #wait(): void {
    const { maxHedges, limits } = this.#hedging;
    const tries = this.#exchange.triesSoFar + this.#running.length;
    const mayHedge = this.#hedges < maxHedges && tries < limits.maxAttempts;
    const delayMs = mayHedge ? this.#hedging.delayMs(this.#exchange.upstream) : undefined;
    if (delayMs !== undefined) this.#timer = this.#home.clock.setTimer(this.#onSlow, delayMs);
  }

  readonly #onSlow = (): void => {
    const exchange = this.#exchange;
    this.#timer = undefined;
    if (exchange.scope.aborted || this.#running.length === 0) return;
    const body = this.#request.body.size === 0 ? this.#request.body : this.#replay?.copy();
    if (body === undefined && this.#replay?.isWhole === true) {
      // It is still on its way to us.
      this.#wait();
      return;
    }
    const lease = body === undefined || !this.#hedging.limits.budget.spend() ? undefined : this.#acquire();
    if (body === undefined || lease === undefined) {
      this.#informIfAlone();
      return;
    }
    this.#hedges++;
    this.#hedging.started++;
    this.#home.onHedged(exchange, lease.endpoint);
    this.#start(lease, body, true);
    this.#wait();
  };

  /** An endpoint that has not been asked, and is free at once. */
  #acquire(): Lease | undefined {
    const exchange = this.#exchange;
    const accept = ({ id }: Endpoint): boolean =>
      this.#running.every(({ lease }) => lease.endpoint.id !== id) &&
      this.#spare?.runner.lease.endpoint.id !== id &&
      !exchange.hasTried(id);
    return acquireAtOnce(exchange.upstream, { key: exchange.hashKey, accept });
  }

  #start(lease: Lease, body: Body, isHedge: boolean): void {
    const scope = createAbortScope(this.#exchange.scope);
    const runner: Runner = { lease, startedMs: this.#home.clock.now(), scope, isHedge, interim: [] };
    this.#running.push(runner);
    const request = this.#request;
    const onInformational: OutgoingRequest['onInformational'] = (status, statusText, headers) => {
      runner.interim.push(() => request.onInformational?.(status, statusText, headers));
      this.#informIfAlone();
    };
    void this.#send({ ...request, endpoint: lease.endpoint, body, scope, onInformational }, isHedge).then(
      (response) => this.#onAnswer(runner, response),
      (error: unknown) => this.#onFailure(runner, error),
    );
  }

  /** A head of its own for each, because it is written only when there is a connection. */
  async #send(request: OutgoingRequest, isHedge: boolean): Promise<ProxyResponse> {
    const { transport, head } = this.#home;
    if (!isHedge) return transport.send(request);
    const headers = attemptHead(this.#headers.clone(), this.#exchange, request.endpoint, head.host);
    return transport.send({ ...request, headers });
  }

  #onAnswer(runner: Runner, response: ProxyResponse): void {
    if (!this.#leave(runner)) {
      response.body.cancel(undefined);
      return;
    }
    const isBad = this.#hedging.limits.statuses.has(response.status);
    if (!isBad || this.#running.length === 0) this.#decide({ runner, response });
    else if (this.#spare === undefined) this.#spare = { runner, response };
    else this.#drop({ runner, response });
    this.#informIfAlone();
  }

  #onFailure(runner: Runner, error: unknown): void {
    if (!this.#leave(runner)) return;
    const spare = this.#spare;
    if (this.#running.length > 0 || spare !== undefined) {
      failAttempt(this.#exchange, runner.lease, error, this.#home);
      if (this.#running.length === 0 && spare !== undefined) this.#decide(spare);
      this.#informIfAlone();
      return;
    }
    this.#conclude(runner);
    this.#reject(error);
  }

  /** @returns whether it was still in the race */
  #leave(runner: Runner): boolean {
    const index = this.#running.indexOf(runner);
    if (index >= 0) this.#running.splice(index, 1);
    return index >= 0;
  }

  #decide({ runner, response }: Spare): void {
    this.#conclude(runner);
    for (const loser of this.#running.splice(0)) this.#overtake(loser, runner.lease.endpoint);
    const spare = this.#spare;
    this.#spare = undefined;
    if (spare !== undefined && spare.runner !== runner) this.#drop(spare);
    if (runner.isHedge) this.#hedging.won++;
    this.#inform(runner);
    this.#resolve(response);
  }

  #conclude({ lease, startedMs }: Runner): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.lease = lease;
    this.startedMs = startedMs;
  }

  /** What is known of the loser is that it takes at least so long: a balancer that goes by latency has to hear that. */
  #overtake({ lease, startedMs, scope }: Runner, winner: Endpoint): void {
    const latencyMs = lease.wantsLatency ? this.#home.clock.now() - startedMs : undefined;
    lease.release({ result: 'cancelled', latencyMs });
    scope.abort(overtaken);
    this.#exchange.attempts = [...this.#exchange.attempts, { endpointId: lease.endpoint.id, error: overtaken }];
    this.#home.onOvertaken(this.#exchange, lease.endpoint, winner);
  }

  #drop({ runner, response }: Spare): void {
    const { judge, clock } = this.#home;
    const { lease, startedMs } = runner;
    const { status, body } = response;
    body.cancel(undefined);
    refuseAnswer(this.#exchange, lease, status, judge(status, clock.now() - startedMs), this.#home);
  }

  /** Interim responses of the only one that can win need not wait. */
  #informIfAlone(): void {
    const [runner, ...others] = this.#running;
    if (runner !== undefined && others.length === 0 && this.#timer === undefined && this.#spare === undefined)
      this.#inform(runner);
  }

  #inform({ interim, scope }: Runner): void {
    try {
      for (const inform of interim.splice(0)) inform();
    } catch (error) {
      scope.abort(error);
    }
  }
}

/** The races of an exchange, if it is hedged. @param headers - What all attempts have in common */
export function prepareRace(
  exchange: ProxyExchange,
  hedging: Hedging | undefined,
  replay: ReplayableBody | undefined,
  headers: HeaderList,
  home: RaceHome,
): AttemptRace | undefined {
  if (hedging?.mayHedge(exchange, replay !== undefined) !== true) return undefined;
  return new AttemptRace(exchange, hedging, replay, headers, home);
}
