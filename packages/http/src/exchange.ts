// One downstream request on its way through the proxy: what every station of the request path is handed.
// How it is read from a connection and how its response is written is a front's business (front/).
import {
  createAbortScope,
  type AbortScope,
  type Clock,
  type Endpoint,
  type OwnedAbortScope,
  type ProxyError,
  type Timer,
  type Upstream,
  type Listed,
} from '@sluice/core';
import type { Body } from './body/body.ts';
import { httpError } from './errors.ts';
import type { ClientInfo, ClientResolver, ConnectionInfo } from './headers/client-resolver.ts';
import type { HeaderList } from './headers/header-list.ts';
import type { RetryPolicy } from './retry/retry-policy.ts';

/** The request as the client sent it, until middleware changes it. */
export interface ExchangeRequest {
  /** The method, whose letter case counts. */
  method: string;
  /** The request-target: in origin form (`/path?query`) and otherwise verbatim, `*` for `OPTIONS *`, or `host:port` for CONNECT. */
  target: string;
  /** The client's version of HTTP. */
  readonly version: '1.0' | '1.1';
  /**
   * The end-to-end fields in order, with the truth about the client in `X-Forwarded-*` or `Forwarded`. Hop-by-hop fields, framing and what
   * untrusted clients claim are gone before any middleware runs. Edits reach the upstream.
   */
  readonly headers: HeaderList;
  /** Replace it to send another; cancel the one you replace. */
  body: Body;
  /** The client waits for `100 Continue` before it sends the body, and the endpoint is asked for it. */
  readonly expectContinue: boolean;
  /** The protocols the client offers in `Upgrade`, when the front can leave HTTP; otherwise `undefined`. */
  readonly upgrade: string | undefined;
}

/** One try of an exchange on one endpoint. */
export interface Attempt {
  /** The endpoint that was tried. */
  readonly endpointId: string;
  /** What ended it, when it did not lead to a response. */
  readonly error: unknown;
}

/** Where an exchange had better go. */
export interface EndpointPreference {
  /** The id of an endpoint of the exchange's upstream. */
  readonly endpointId: string;
  /** Whether it is to go there or nowhere (`SLUICE_NO_ENDPOINT`). */
  readonly isStrict: boolean;
}

/** Edits the head of one attempt. The list is that attempt's own. An error it throws ends the attempt. */
export type AttemptEdit = (headers: HeaderList, endpoint: Endpoint) => void;

/** One downstream request and its response, as middleware sees it. */
export interface Exchange {
  /** Unique in this proxy; part of every error answer, so that a user's report finds its log line. */
  readonly id: string;
  /** What the client asks for, and what the endpoint will be asked. */
  readonly request: ExchangeRequest;
  /** The connection the request came on. */
  readonly connection: ConnectionInfo;
  /** Who is behind the connection, after the trusted proxies in front of us. */
  readonly client: ClientInfo;
  /** Aborted when the client goes away, the total time is over, or the proxy closes. */
  readonly scope: AbortScope;
  /** The tries so far that failed, and those that another one has overtaken. */
  readonly attempts: readonly Attempt[];
  /** Where `forward` sends it. Middleware may choose another upstream. */
  upstream: Upstream;
  /** The key for hash balancers. @defaultValue the client's address */
  balancerKey: string | undefined;
  /** The endpoint to send it to, if that can take it, whatever the balancer thinks. @defaultValue none */
  preference: EndpointPreference | undefined;
  /** When its failed attempts are repeated. @defaultValue by the option `retry` of the proxy */
  retry: RetryPolicy | undefined;
  /** The id of the endpoint that has answered; `undefined` before, and when nobody did. */
  readonly answeredBy: string | undefined;
  /** Milliseconds until the exchange is cut (`SLUICE_TOTAL_TIMEOUT`), at least 0; `Infinity` when it may take for ever. */
  readonly remainingMs: number;
  /** Gives the exchange at most so much time from now on. The shortest limit counts; `timeouts.totalMs` is one of them. */
  limitTime(ms: number): void;
  /** Has the head of each attempt edited just before it is sent, behind everything else. */
  editAttempts(edit: AttemptEdit): void;
  /**
   * Sends an interim response (1xx but 101) to the client, where its protocol version allows that.
   *
   * @throws ProxyError `SLUICE_INTERNAL` for another status, and for what must not stand in a head.
   */
  inform(status: number, statusText: string, headers: HeaderList): void;
}

/** What a front knows when a request head has arrived. */
export interface ExchangeInit {
  readonly request: ExchangeRequest;
  readonly connection: ConnectionInfo;
  readonly inform: (status: number, statusText: string, headers: HeaderList) => void;
  /** What the front found wrong with the request; it is answered before any middleware runs. */
  readonly fault?: ProxyError | undefined;
}

/** What all exchanges of one proxy share. */
export interface ExchangeHome {
  readonly upstream: Upstream;
  readonly resolveClient: ClientResolver;
  readonly nextId: () => string;
  readonly clock: Clock;
  /** The most time an exchange may take; it is the runner that sees to it. */
  readonly totalMs: number;
}

/** Something that keeps an endpoint busy. Giving up what is over does nothing. */
export interface Borrowed {
  cancel(reason: unknown): void;
}

const noAttempts: readonly Attempt[] = Object.freeze([]);

/** Made once: an error costs its stack trace, and this one nearly nobody hears. */
const exchangeOver = httpError('SLUICE_CLIENT_ABORTED', 'the exchange is over');

/** What the runner notes about an exchange while it is open. */
export interface ExchangeRecord {
  readonly startedMs: number;
  readonly deadline: Timer | undefined;
  /** What it ends with, or was cut short by. */
  error: ProxyError | undefined;
}

/** The exchange itself. Fronts and `forward` hold this class, middleware the interface. */
export class ProxyExchange implements Exchange, Listed {
  place = -1;
  readonly request: ExchangeRequest;
  readonly connection: ConnectionInfo;
  readonly scope: OwnedAbortScope = createAbortScope();
  attempts: readonly Attempt[] = noAttempts;
  readonly inform: (status: number, statusText: string, headers: HeaderList) => void;
  readonly fault: ProxyError | undefined;
  upstream: Upstream;
  balancerKey: string | undefined = undefined;
  preference: EndpointPreference | undefined = undefined;
  retry: RetryPolicy | undefined = undefined;
  answeredBy: string | undefined = undefined;
  /** How many of the attempts were for an upstream that was given up before. */
  earlierTries = 0;
  attemptEdits: AttemptEdit[] | undefined;
  /** The runner's; `undefined` once the exchange is over. */
  record: ExchangeRecord | undefined = undefined;
  readonly #home: ExchangeHome;
  #borrowed: Borrowed[] | undefined;
  #isOver = false;
  #id: string | undefined;
  #client: ClientInfo | undefined;
  /** When its time is over, by the limits of middleware. */
  #endMs = Infinity;
  #timer: Timer | undefined;

  constructor(init: ExchangeInit, home: ExchangeHome) {
    this.request = init.request;
    this.connection = init.connection;
    this.inform = init.inform;
    this.fault = init.fault;
    this.upstream = home.upstream;
    this.#home = home;
  }

  get id(): string {
    return (this.#id ??= this.#home.nextId());
  }

  get client(): ClientInfo {
    return this.#client ?? this.identifyClient();
  }

  /** What hashing balancers hash. */
  get hashKey(): string {
    return this.balancerKey ?? this.client.address;
  }

  /** How often its present upstream was asked, without attempts that still run. */
  get triesSoFar(): number {
    return this.attempts.length - this.earlierTries;
  }

  /** Whether its present upstream was asked at this endpoint, in vain. */
  hasTried(endpointId: string): boolean {
    return this.attempts.some((attempt, index) => index >= this.earlierTries && attempt.endpointId === endpointId);
  }

  get remainingMs(): number {
    const { clock, totalMs } = this.#home;
    const startedMs = this.record?.startedMs ?? 0;
    const endMs = Math.min(this.#endMs, startedMs + totalMs);
    return endMs === Infinity ? Infinity : Math.max(0, endMs - clock.now());
  }

  limitTime(ms: number): void {
    if (this.#isOver || !(ms < this.remainingMs)) return;
    const { clock } = this.#home;
    this.#endMs = clock.now() + ms;
    this.#timer?.cancel();
    const onOver = (): void =>
      this.scope.abort(httpError('SLUICE_TOTAL_TIMEOUT', `the exchange was given ${ms} ms, and is not over`));
    this.#timer = clock.setTimer(onOver, ms);
  }

  editAttempts(edit: AttemptEdit): void {
    this.attemptEdits = [...(this.attemptEdits ?? []), edit];
  }

  /** Finds out who the client is, while the fields that tell are still there. */
  identifyClient(): ClientInfo {
    return (this.#client = this.#home.resolveClient(this.connection, this.request.headers));
  }

  /** Notes what an endpoint is busy with on our behalf. Whatever middleware does with it, it is given back in time. */
  borrow(loan: Borrowed): void {
    if (this.#isOver) loan.cancel(this.scope.reason);
    else if (this.#borrowed === undefined) this.#borrowed = [loan];
    else this.#borrowed.push(loan);
  }

  /** Frees the endpoints: what they have sent is not on its way to the client, or has arrived there. */
  giveBack(reason: unknown): void {
    const borrowed = this.#borrowed;
    if (borrowed === undefined) return;
    this.#borrowed = undefined;
    for (const loan of borrowed) loan.cancel(reason);
  }

  /** Ends the exchange, with all that middleware may have left running. */
  end(): void {
    this.#isOver = true;
    this.#timer?.cancel();
    this.giveBack(undefined);
    this.scope.abort(exchangeOver);
  }
}
