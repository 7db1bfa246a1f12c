// One request through an undici dispatcher, from its dispatch to the end of the response: undici's handler on one side, our contract on the other.
import { ProxyError, type Clock } from '@sluice/core';
import { l4Errors } from '@sluice/l4';
import { STATUS_CODES } from 'node:http';
import type { Duplex, Readable } from 'node:stream';
import type { Dispatcher } from 'undici';
import { bodyStream } from '../body/body-stream.ts';
import { emptyBody } from '../body/body.ts';
import { httpError } from '../errors.ts';
import { createHeaderList } from '../headers/header-list.ts';
import { abortError, switchedUnasked, requestLate, requestStalled } from '../wire/connection-errors.ts';
import { connectionAndTrailerFields } from '../wire/connection-fields.ts';
import type { ClientExchange } from '../wire/client-exchange.ts';
import { PhaseTimer } from '../wire/phase-timer.ts';
import { ResponseWatch } from '../wire/response-watch.ts';
import { allowedTrailers } from '../wire/trailer-fields.ts';
import { classifyUndiciError, type AttemptPhase } from './classify-error.ts';
import { UndiciBody, type UndiciBodyOwner } from './undici-body.ts';
import { readUndiciFields, type UndiciFields } from './undici-fields.ts';
import { bodySize, framingFault } from './undici-framing.ts';

/** How undici is asked for one request. */
type DispatchOptions = Dispatcher.DispatchOptions;

/** A handler for one dispatched request. */
export class UndiciExchange implements Dispatcher.DispatchHandler, UndiciBodyOwner {
  readonly #exchange: ClientExchange;
  readonly #onOver: () => void;
  readonly #connectTimer: PhaseTimer;
  readonly #requestTimer: PhaseTimer;
  readonly #watch: ResponseWatch;
  #stopListening: (() => void) | undefined;
  #controller: Dispatcher.DispatchController | undefined;
  #requestBody: Readable | undefined;
  #response: UndiciBody | undefined;
  #phase: AttemptPhase = 'connecting';
  #isSent = false;
  #isOver = false;

  /** @param onOver - Hears once when the exchange is over, however it ended. */
  constructor(exchange: ClientExchange, clock: Clock, onOver: () => void) {
    const { timeouts, endpoint } = exchange.request;
    this.#exchange = exchange;
    this.#onOver = onOver;
    this.#connectTimer = new PhaseTimer(clock, () => this.#fail(connectionLate(exchange)));
    this.#requestTimer = new PhaseTimer(clock, () => this.#onRequestLate());
    this.#watch = new ResponseWatch(clock, endpoint.address.href, (error) => this.#fail(error));
    this.#watch.begin(timeouts);
  }

  /** Starts the exchange. */
  dispatch(dispatcher: Dispatcher): void {
    const { request } = this.#exchange;
    this.#stopListening = request.scope.onAbort((reason) => this.#fail(reason));
    if (request.scope.aborted) return;
    this.#connectTimer.arm(request.timeouts.connectMs);
    try {
      dispatcher.dispatch(this.#options(), this);
    } catch (error) {
      this.onResponseError(undefined, error);
    }
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    const { request } = this.#exchange;
    this.#controller = controller;
    this.#phase = 'unanswered';
    this.#connectTimer.disarm();
    if (this.#isOver) controller.abort(abortError(undefined));
    else if (this.#requestBody === undefined) this.onRequestSent();
    else {
      this.#requestTimer.arm(request.timeouts.requestBodyIdleMs);
      // undici sends no Expect, so nobody else tells the client that it may go on.
      if (request.expectContinue) request.onInformational?.(100, 'Continue', createHeaderList());
    }
  }

  onBodySent(): void {
    if (!this.#isSent) this.#requestTimer.arm(this.#exchange.request.timeouts.requestBodyIdleMs);
  }

  onRequestSent(): void {
    this.#isSent = true;
    this.#requestTimer.disarm();
    if (this.#phase !== 'body') this.#watch.awaitHead();
  }

  onResponseStarted(): void {
    this.#phase = 'head';
  }

  onResponseStart(
    controller: Dispatcher.DispatchController,
    status: number,
    fields: UndiciFields,
    statusText = '',
  ): void {
    const { request } = this.#exchange;
    const headers = readUndiciFields(controller.rawHeaders ?? fields);
    if (status < 200) {
      request.onInformational?.(status, statusText, headers);
      if (this.#isSent) this.#watch.awaitHead();
      return;
    }
    const fault = framingFault(headers);
    if (fault !== undefined) {
      this.#fail(
        httpError('SLUICE_RESPONSE_INVALID', `the response from ${request.endpoint.address.href} has ${fault}`),
      );
      return;
    }
    this.#phase = 'body';
    this.#watch.stop();
    const size = bodySize(request.method, status, headers.get('content-length'));
    if (size === 0) {
      this.#exchange.resolve({ status, statusText, headers, body: emptyBody });
      return;
    }
    this.#response = new UndiciBody(size, this);
    controller.pause();
    this.#exchange.resolve({ status, statusText, headers, body: this.#response.body });
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    // undici's parser brings nothing each time it is resumed; taken for content, it would have us pause and resume it for ever.
    if (chunk.length === 0) return;
    this.#watch.awaitBody();
    this.#response?.push(chunk);
  }

  onResponseEnd(controller: Dispatcher.DispatchController, fields: UndiciFields): void {
    this.#watch.stop();
    const trailers = allowedTrailers(readUndiciFields(controller.rawTrailers ?? fields));
    if (this.#response === undefined) this.onDone();
    else this.#response.end(trailers);
  }

  onResponseError(_controller: unknown, error: unknown): void {
    this.#fail(classifyUndiciError(error, this.#exchange.request, this.#phase));
  }

  onRequestUpgrade(
    controller: Dispatcher.DispatchController,
    status: number,
    fields: UndiciFields,
    socket: Duplex,
  ): void {
    socket.on('error', () => {});
    this.#phase = 'body';
    const headers = readUndiciFields(controller.rawHeaders ?? fields);
    const { request } = this.#exchange;
    const isConnect = request.method === 'CONNECT';
    if (isConnect && status < 200) {
      this.#phase = 'head';
      socket.destroy();
      this.#fail(switchedUnasked(request.endpoint.address.href));
      return;
    }
    const statusText = STATUS_CODES[status] ?? '';
    this.onDone();
    // Of whatever answers CONNECT, undici reads no more than the head.
    const tunnel = isConnect && status >= 300 ? undefined : { socket, head: Buffer.alloc(0) };
    if (tunnel === undefined) socket.destroy();
    this.#exchange.resolve({ status, statusText, headers, body: emptyBody, ...(tunnel && { tunnel }) });
  }

  onHeldUp(): void {
    this.#watch.stop();
    this.#controller?.pause();
  }

  onReady(): void {
    this.#watch.awaitBody();
    this.#controller?.resume();
  }

  onCancelled(): void {
    this.#fail(abortError(undefined));
  }

  onDone(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#stopListening?.();
    this.#connectTimer.close();
    this.#requestTimer.close();
    this.#watch.close();
    this.#onOver();
  }

  #options(): DispatchOptions {
    const { method, target, headers, body, upgrade, endpoint } = this.#exchange.request;
    const { secure, authority } = endpoint.address;
    const fields: string[] = [];
    headers.forEach((name, value) => {
      if (!connectionAndTrailerFields.has(name)) fields.push(name, value);
    });
    if (body.size !== undefined && body.size > 0) fields.push('Content-Length', String(body.size));
    if (body.size !== 0) {
      this.#requestBody = bodyStream(body);
      // What breaks the body must not break the process, whether undici listens or not.
      this.#requestBody.on('error', (error) => this.onResponseError(undefined, error));
    }
    return {
      origin: `${secure ? 'https' : 'http'}://${authority}`,
      path: target,
      method,
      headers: fields,
      body: this.#requestBody ?? null,
      upgrade: upgrade ?? null,
      headersTimeout: 0,
      bodyTimeout: 0,
    };
  }

  #onRequestLate(): void {
    const { timeouts, endpoint } = this.#exchange.request;
    const limit = timeouts.requestBodyIdleMs;
    if (this.#controller?.paused === true && this.#phase === 'body') {
      this.#requestTimer.arm(limit);
      return;
    }
    // Bytes that wait in the stream are those that the endpoint does not take.
    this.#fail(
      (this.#requestBody?.readableLength ?? 0) > 0 ? requestStalled(endpoint.address.href, limit) : requestLate(limit),
    );
  }

  /** Ends the exchange with an error. */
  #fail(error: unknown): void {
    if (this.#isOver) return;
    const failure = abortError(error);
    this.onDone();
    if (this.#phase !== 'body') this.#exchange.reject(error);
    this.#response?.fail(failure);
    if (this.#exchange.request.body.started) this.#requestBody?.destroy();
    this.#controller?.abort(failure);
  }
}

function connectionLate({ request }: ClientExchange): ProxyError {
  const { connectMs } = request.timeouts;
  const message = `no connection to ${request.endpoint.address.href} within ${connectMs} ms`;
  return new ProxyError('SLUICE_CONNECT_TIMEOUT', l4Errors.SLUICE_CONNECT_TIMEOUT, message);
}
