// A connection to an endpoint, which carries one exchange after the other: its socket, its phases, and what it means when it breaks.
// The bytes are read by response-reader.ts and written by request-sender.ts; what it does between exchanges is the pool's affair.
import type { ProxyError } from '@sluice/core';
import type { Socket } from 'node:net';
import { emptyBody } from '../body/body.ts';
import type { ProxyResponse } from '../response/response.ts';
import { mayMove, type ClientExchange } from './client-exchange.ts';
import { abortError, closedBeforeUse, switchedUnasked } from './connection-errors.ts';
import type { ClientConnectionOptions, KeptConnection } from './connection-keeper.ts';
import type { IncomingBody } from './incoming-body.ts';
import { PhaseTimer } from './phase-timer.ts';
import type { RequestBodyOwner } from './request-body-writer.ts';
import { RequestSender } from './request-sender.ts';
import type { ResponseFraming, ResponseHead } from './response-head-reader.ts';
import type { ResponseReaderOwner } from './response-reader-owner.ts';
import { ResponseReader } from './response-reader.ts';
import { ResponseWatch } from './response-watch.ts';

/** One connection. `open-connection.ts` makes it and feeds it. */
export class ClientConnection implements KeptConnection, ResponseReaderOwner, RequestBodyOwner {
  readonly createdMs: number;
  readonly reader: ResponseReader;
  /** Told that nobody looks at what was read any more. */
  onViewsReleased: () => void = () => {};
  announcedIdleMs: number | undefined;
  readonly #address: string;
  readonly #options: ClientConnectionOptions;
  readonly #sender: RequestSender;
  readonly #watch: ResponseWatch;
  readonly #idleTimer: PhaseTimer;
  #socket: Socket | undefined;
  #exchange: ClientExchange | undefined;
  #stopListening: (() => void) | undefined;
  /** A response without a body, until the connection is free for whatever its receiver does next. */
  #complete: ProxyResponse | undefined;
  #exchangeCount = 0;
  #isLast = false;
  #isAnswered = false;
  #isReusable = false;
  #isPaused = false;
  #isClosed = false;
  #cause: unknown;

  /** @param address - The endpoint's, as people write it, for messages. */
  constructor(address: string, options: ClientConnectionOptions) {
    const { clock } = options;
    this.createdMs = clock.now();
    this.reader = new ResponseReader(options.limits, address, this);
    this.#address = address;
    this.#options = options;
    this.#sender = new RequestSender(options, this);
    this.#watch = new ResponseWatch(clock, address, this.#onFailure);
    this.#idleTimer = new PhaseTimer(clock, () => this.close());
  }

  /** Takes over the socket, once. */
  attach(socket: Socket): void {
    if (this.#isClosed) socket.destroy();
    this.#socket = socket;
    socket.on('end', this.#onEnd).on('error', this.#onError).on('close', this.#onClose);
  }

  start(exchange: ClientExchange): void {
    const { request } = exchange;
    this.#idleTimer.disarm();
    this.#exchange = exchange;
    this.#watch.begin(request.timeouts);
    this.#exchangeCount++;
    this.#isLast = this.#exchangeCount === this.#options.maxExchanges || request.upgrade !== undefined;
    this.#isAnswered = false;
    this.#isReusable = false;
    this.#stopListening = request.scope.onAbort(this.#onFailure);
    if (request.scope.aborted) return;
    this.reader.begin(request.method);
    const socket = this.#socket;
    try {
      if (socket?.destroyed !== false) this.onFailed(closedBeforeUse(this.#address), false);
      else this.#sender.send(socket, request, this.#isLast);
    } catch (error) {
      this.#fail(error);
    }
  }

  rest(idleMs: number): void {
    this.#idleTimer.arm(idleMs);
  }

  close(): void {
    this.#socket?.destroy();
    this.#dispose();
  }

  /** Takes what the socket has read. @returns whether to read on */
  onBytes(bytes: Uint8Array, shared: boolean): boolean {
    if (this.reader.isIdle) {
      // Nothing was asked: the answer to the next request could not be told from this (response queue poisoning).
      this.close();
      return false;
    }
    this.#isPaused = !this.reader.receive(bytes, shared);
    this.#watchBody();
    return !this.#isPaused;
  }

  onRequestSent(): void {
    if (!this.#isAnswered) this.#watch.awaitHead();
  }

  onRequestFailed(error: ProxyError): void {
    this.#fail(error);
  }

  get isReadingPaused(): boolean {
    return this.#isPaused;
  }

  onInterim({ status, statusText, headers }: ResponseHead): void {
    // A 100 that nobody waits for is not relayed.
    if (status === 100 && !this.#sender.isHeldBack) return;
    this.#exchange?.request.onInformational?.(status, statusText, headers);
    if (this.#sender.isSent) this.onRequestSent();
    else if (status === 100 && this.#sender.isHeldBack) this.#sender.proceed();
  }

  onHead({ status, statusText, headers }: ResponseHead, framing: ResponseFraming, body?: IncomingBody): void {
    this.#isAnswered = true;
    this.#watch.stop();
    this.announcedIdleMs = framing.idleTimeoutMs;
    this.#isReusable = framing.persistent && !this.#isLast && !this.#sender.isHeldBack;
    // A body that still waits for 100 Continue is not wanted. The endpoint may believe that it comes, hence no reuse.
    if (this.#sender.isHeldBack) this.#sender.stop(undefined);
    const response = { status, statusText, headers, body: body ?? emptyBody };
    if (body === undefined) this.#complete = response;
    else this.#exchange?.resolve(response);
  }

  onSwitched({ status, statusText, headers }: ResponseHead, rest: Buffer): void {
    const exchange = this.#exchange;
    const socket = this.#socket;
    if (exchange === undefined || socket === undefined || (status === 101 && exchange.request.upgrade === undefined))
      return this.#fail(switchedUnasked(this.#address));
    this.#release();
    socket.off('end', this.#onEnd).off('error', this.#onError).off('close', this.#onClose).removeAllListeners('data');
    socket.pause();
    this.#socket = undefined;
    this.#dispose();
    exchange.resolve({ status, statusText, headers, body: emptyBody, tunnel: { socket, head: rest } });
  }

  onComplete(excess: boolean): void {
    const isUsable = this.#isReusable && this.#sender.isSent && !excess && !this.reader.hasEnded;
    const exchange = this.#exchange;
    const response = this.#complete;
    this.#complete = undefined;
    // An endpoint that has answered in full needs no more of the request: what is left of it ends with the connection.
    this.#sender.stop(undefined);
    this.#release();
    this.onViewsReleased();
    if (isUsable) {
      this.onReady();
      this.#options.keeper.onReusable(this);
    } else this.close();
    if (response !== undefined) exchange?.resolve(response);
  }

  onReady(): void {
    this.onViewsReleased();
    this.#watchBody();
    if (!this.#isPaused) return;
    this.#isPaused = false;
    this.#socket?.resume();
  }

  onFailed(error: ProxyError, answered: boolean): void {
    const exchange = this.#exchange;
    if (answered || exchange === undefined || this.#exchangeCount === 1 || !mayMove(exchange)) {
      this.#fail(error);
      return;
    }
    this.#sender.forget();
    this.#release();
    this.reader.stop(error);
    this.close();
    this.#options.keeper.onStale(exchange);
  }

  readonly #onFailure = (reason: unknown): void => this.#fail(reason);
  readonly #onEnd = (): void => {
    this.reader.endInput('proper', undefined);
    // Nothing comes and nothing goes any more; what the receiver has not read yet is ours already.
    if (this.#sender.isSent) this.close();
  };

  readonly #onError = (error: unknown): void => void (this.#cause = error);

  readonly #onClose = (): void => {
    // What had come before may still be on its way to its receiver; nothing can be sent any more.
    this.reader.endInput('broken', this.#cause);
    this.#sender.stop(this.#cause);
    this.#dispose();
  };

  #watchBody(): void {
    if (this.reader.awaitsBody) this.#watch.awaitBody();
    else if (this.#isAnswered) this.#watch.stop();
  }

  /** Ends the exchange with an error, and the connection with it. */
  #fail(error: unknown): void {
    const exchange = this.#exchange;
    if (exchange === undefined) return;
    const failure = abortError(error);
    this.#release();
    // A body that was held back is still whole: another endpoint may get it.
    if (this.#sender.isHeldBack) this.#sender.forget();
    else this.#sender.stop(failure);
    this.close();
    if (!this.#isAnswered) exchange.reject(error);
    this.reader.stop(failure);
  }

  /** Lets go of the exchange. */
  #release(): void {
    this.#watch.stop();
    this.#stopListening?.();
    this.#stopListening = undefined;
    this.#exchange = undefined;
  }

  #dispose(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#watch.close();
    this.#idleTimer.close();
    this.#sender.close();
    this.#options.keeper.onClosed(this);
  }
}
