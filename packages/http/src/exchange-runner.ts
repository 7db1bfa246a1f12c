// Runs exchanges, whichever front they came in by: opens them, carries them down the path, turns errors into answers, and knows
// which are still open, so that the proxy can drain.
import { OpenList, type Clock, type ProxyError } from '@sluice/core';
import { errorAnswer, toProxyError } from './error-answer.ts';
import { httpError } from './errors.ts';
import { receive, settle, type ExchangeReceiver } from './exchange-receiver.ts';
import { ProxyExchange, type ExchangeHome, type ExchangeInit } from './exchange.ts';
import type { HandleOptions } from './front/handle-options.ts';
import type { Handler } from './middleware.ts';
import type { ForwardedMode } from './headers/forwarded-fields.ts';
import { cleanHead } from './request/clean-head.ts';
import { checkRequest } from './request/request-check.ts';
import type { ProxyResponse } from './response/response.ts';

/** What all exchanges of one proxy run by. */
export interface ExchangeRunnerOptions {
  readonly home: ExchangeHome;
  readonly handler: Handler;
  readonly forwarded: ForwardedMode;
  readonly clock: Clock;
  /** The most time an exchange may take from its head to the end of its response, in milliseconds. */
  readonly totalMs: number;
  /** Hears of each exchange once, when it is over. `error` is what was answered, or cut the response short. */
  readonly onFinished: (
    exchange: ProxyExchange,
    status: number,
    error: ProxyError | undefined,
    startedMs: number,
  ) => void;
}

/** The open exchanges of one proxy. */
export class ExchangeRunner {
  /** Exchanges begun since the start. */
  begun = 0;
  readonly #options: ExchangeRunnerOptions;
  readonly #open = new OpenList<ProxyExchange>();
  #onIdle: (() => void)[] = [];

  constructor(options: ExchangeRunnerOptions) {
    this.#options = options;
  }

  /** How many exchanges are open. */
  get openCount(): number {
    return this.#open.size;
  }

  /** Opens an exchange. Whoever opens it calls `finish`. */
  begin(init: ExchangeInit): ProxyExchange {
    const { home, clock, totalMs } = this.#options;
    const exchange = new ProxyExchange(init, home);
    const deadline =
      totalMs === Infinity ? undefined : clock.setTimer(() => exchange.scope.abort(overdue(totalMs)), totalMs);
    exchange.record = { startedMs: clock.now(), deadline, error: undefined };
    this.#open.add(exchange);
    this.begun++;
    return exchange;
  }

  /**
   * Carries an exchange down the path. Of the error that the receiver may get, `answer` makes a response. Never throws.
   *
   * @param prepare - The application's part, before all middleware.
   */
  respond(exchange: ProxyExchange, receiver: ExchangeReceiver, prepare?: HandleOptions['prepare']): void {
    try {
      if (exchange.fault !== undefined) throw exchange.fault;
      checkRequest(exchange.request);
      exchange.identifyClient();
      cleanHead(exchange, this.#options.forwarded);
      if (prepare === undefined) this.#options.handler(exchange, receiver);
      else settle(this.#respondPrepared(exchange, prepare), exchange, receiver);
    } catch (error) {
      receiver.onError(exchange, error);
    }
  }

  async #respondPrepared(
    exchange: ProxyExchange,
    prepare: NonNullable<HandleOptions['prepare']>,
  ): Promise<ProxyResponse> {
    await prepare(exchange);
    return receive((receiver) => this.#options.handler(exchange, receiver));
  }

  /** The answer to an error, instead of the response there should have been; the request's body is no longer wanted. */
  answer(exchange: ProxyExchange, error: unknown): ProxyResponse {
    const failure = toProxyError(error);
    this.noteFailure(exchange, failure);
    exchange.request.body.cancel(failure);
    exchange.giveBack(failure);
    return errorAnswer(failure, exchange);
  }

  /** Remembers the error that an exchange ends with; the first one counts. */
  noteFailure(exchange: ProxyExchange, error: ProxyError): void {
    if (exchange.record !== undefined) exchange.record.error ??= error;
  }

  /**
   * Ends an exchange: its response was written, or its client is gone. Ending it again does nothing.
   *
   * @returns the error that was answered, or that cut the response short
   */
  finish(exchange: ProxyExchange, status: number): ProxyError | undefined {
    const { record } = exchange;
    if (record === undefined) return undefined;
    this.#open.delete(exchange);
    exchange.record = undefined;
    record.deadline?.cancel();
    exchange.end();
    this.#options.onFinished(exchange, status, record.error, record.startedMs);
    if (this.#open.size === 0) for (const listener of this.#onIdle.splice(0)) listener();
    return record.error;
  }

  /** Resolves when no exchange is open. */
  idle(): Promise<void> {
    if (this.#open.size === 0) return Promise.resolve();
    return new Promise((resolve) => void this.#onIdle.push(resolve));
  }

  /** Aborts every open exchange. @returns how many there were */
  abortAll(reason: ProxyError): number {
    const open = this.#open.all();
    for (const exchange of open) {
      this.noteFailure(exchange, reason);
      exchange.scope.abort(reason);
    }
    return open.length;
  }
}

function overdue(totalMs: number): ProxyError {
  return httpError('SLUICE_TOTAL_TIMEOUT', `the exchange was not over within ${totalMs} ms`);
}
