// One client connection of the wire front: requests become exchanges, one at a time and in order, and their responses are written back.
// The bytes are read by wire/request-reader.ts and written by wire-response.ts.
import type { ProxyError } from '@sluice/core';
import type { Socket } from 'node:net';
import { emptyBody, type Body } from '../body/body.ts';
import { plainErrorAnswer } from '../error-answer.ts';
import { httpError } from '../errors.ts';
import type { ExchangeReceiver } from '../exchange-receiver.ts';
import type { ExchangeRequest, ProxyExchange } from '../exchange.ts';
import type { ConnectionInfo } from '../headers/client-resolver.ts';
import { createHeaderList } from '../headers/header-list.ts';
import type { ProxyResponse } from '../response/response.ts';
import type { RequestFraming, RequestHead } from '../wire/request-head-reader.ts';
import { RequestReader, type RequestReaderOwner } from '../wire/request-reader.ts';
import { BodyRate } from './body-rate.ts';
import { ConnectionDeadline } from './connection-deadline.ts';
import { mayJustClose } from './may-just-close.ts';
import { openTunnel } from './open-tunnel.ts';
import type { OpenConnection, WireConnectionHome } from './wire-connection-home.ts';
import { readFaultyRequest, readWireRequest, requestFault } from './wire-request.ts';
import { WireResponseWriter, type WireResponseOwner } from './wire-response.ts';

/** Made once: an error costs its stack trace, and this one nearly nobody hears. */
const clientGone = httpError('SLUICE_CLIENT_ABORTED', 'the client closed the connection before the exchange was over');

/** A connection. */
export class WireConnection implements OpenConnection, RequestReaderOwner, WireResponseOwner, ExchangeReceiver {
  place = -1;
  readonly #info: ConnectionInfo;
  readonly #socket: Socket;
  readonly #home: WireConnectionHome;
  readonly #reader: RequestReader;
  readonly #writer: WireResponseWriter;
  readonly #deadline: ConnectionDeadline;
  readonly #rate: BodyRate;
  #exchange: ProxyExchange | undefined;
  /** The body of the request as it came, whatever middleware put in its place. */
  #body: Body = emptyBody;
  #isPersistent = true;
  #requestCount = 0;
  #isPaused = false;
  #isOver = false;

  constructor(socket: Socket, info: ConnectionInfo, home: WireConnectionHome) {
    this.#info = info;
    this.#socket = socket;
    this.#home = home;
    this.#reader = new RequestReader(home.limits, this);
    this.#writer = new WireResponseWriter(socket, this, home.response);
    this.#deadline = new ConnectionDeadline(home.timeouts, home.nowMs);
    this.#rate = new BodyRate(home.limits.minBodyBytesPerSecond);
    socket.on('data', this.#onData).on('end', this.#onEnd).on('close', this.#onClose);
    socket.on('error', () => {});
  }

  closeIdle(): void {
    if (this.#requestCount > 0 && this.#isIdle) this.#socket.destroy();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  sweep(nowMs: number): void {
    const { awaitsBody, bodyBytes } = this.#reader;
    if (this.#exchange !== undefined && this.#rate.isTooSlow(nowMs, bodyBytes, awaitsBody)) {
      this.#reader.refuse(httpError('SLUICE_REQUEST_TIMEOUT', 'the client sends its request body too slowly'));
    } else if (this.#deadline.hasPassed(nowMs, this.#socket.writableLength)) {
      if (this.#deadline.inHead) this.#reader.refuse(httpError('SLUICE_REQUEST_TIMEOUT', 'no request head in time'));
      else this.#socket.destroy();
    }
  }

  onRequest(head: RequestHead, framing: RequestFraming, body: Body): void {
    const { limits, upgrades, servesConnect } = this.#home;
    const request = readWireRequest(head, framing, body, upgrades);
    const fault = requestFault(request, framing, limits.maxBodyBytes, servesConnect);
    if (fault !== undefined) {
      this.#reader.stop(fault);
      this.onFault(fault, head);
      return;
    }
    if (framing.kind !== 'none') this.#rate.begin(this.#home.nowMs(), this.#reader.bodyBytes);
    this.#body = body;
    this.#isPersistent = framing.persistent;
    this.#start(head, request, this.#home.refusal());
  }

  onFault(error: ProxyError, head: RequestHead | undefined): void {
    if (head === undefined) {
      this.#refuse(error);
      return;
    }
    this.#body = emptyBody;
    this.#isPersistent = false;
    this.#start(head, readFaultyRequest(head), error);
  }

  onBodyFault(error: ProxyError): void {
    this.#home.onRefused(error);
    if (this.#exchange === undefined) this.#endInOrder();
  }

  onRequestRead(): void {
    if (this.#exchange === undefined) this.#next();
  }

  onBodyWanted(): void {
    // Whoever reads the body wants it: the client must hear that, if the endpoint has not said it.
    if (this.#exchange?.request.expectContinue === true) this.#writer.inform(100, 'Continue', createHeaderList());
  }

  onReady(): void {
    if (!this.#isPaused || this.#isOver) return;
    this.#isPaused = false;
    this.#socket.resume();
  }

  onResponseSent(): void {
    const exchange = this.#exchange;
    if (exchange === undefined) return;
    this.#exchange = undefined;
    this.#home.finish(exchange, this.#writer.status ?? 0);
    const wasAll = !this.#isPersistent && this.#body === emptyBody && this.#reader.isRequestRead;
    if (wasAll && mayJustClose(this.#socket, this.#info)) this.#socket.destroy();
    else if (this.#writer.isLast || this.#reader.isBroken) this.#endInOrder();
    else if (this.#reader.isRequestRead) this.#next();
    else {
      this.#deadline.awaitDiscard();
      // Nobody wants what is left of the request. When that is there already, the next request starts in this call.
      this.#body.cancel(undefined);
    }
  }

  onResponseFailed(error: ProxyError): void {
    if (this.#exchange !== undefined) this.#home.runner.noteFailure(this.#exchange, error);
  }

  get #isIdle(): boolean {
    return this.#exchange === undefined && this.#reader.isIdle;
  }

  #start({ method, minor }: RequestHead, request: ExchangeRequest, fault: ProxyError | undefined): void {
    this.#deadline.rest();
    this.#requestCount++;
    this.#writer.begin(method, minor);
    const exchange = this.#home.runner.begin({ request, fault, connection: this.#info, inform: this.#writer.inform });
    this.#exchange = exchange;
    this.#home.runner.respond(exchange, this);
  }

  onResponse(exchange: ProxyExchange, response: ProxyResponse): void {
    if (this.#exchange !== exchange) response.body.cancel(clientGone);
    else if (response.tunnel !== undefined) void this.#leaveHttp(exchange, response);
    else this.#send(exchange, response);
  }

  onError(exchange: ProxyExchange, error: unknown): void {
    if (this.#exchange !== exchange) return;
    if (this.#writer.status === undefined) this.#send(exchange, this.#home.runner.answer(exchange, error));
    else this.#socket.destroy();
  }

  #send(exchange: ProxyExchange, response: ProxyResponse): void {
    const { limits, isLast } = this.#home;
    // A client that was never told to go on may send its body or not: where its next request starts is not known (RFC 9110 section 10.1.1).
    const isUnsure = exchange.request.expectContinue && !this.#writer.hasContinued && !this.#reader.isRequestRead;
    const isFull = this.#requestCount >= limits.maxRequestsPerConnection;
    const last = !this.#isPersistent || isUnsure || isFull || this.#reader.isBroken || isLast();
    try {
      this.#writer.send(response, last);
    } catch (error) {
      // It was middleware's, and not the upstream's fault.
      response.body.cancel(error);
      this.onError(exchange, error);
    }
  }

  async #leaveHttp(exchange: ProxyExchange, response: ProxyResponse): Promise<void> {
    const socket = this.#socket;
    const { finish, tunnels } = this.#home;
    this.#exchange = undefined;
    this.#dispose();
    socket.off('data', this.#onData).off('end', this.#onEnd).off('close', this.#onClose).pause();
    try {
      const rest = this.#reader.takeRest();
      await openTunnel(socket, rest, response, { ...tunnels, cancellation: exchange.scope });
    } finally {
      finish(exchange, response.status);
    }
  }

  /** Answers what is no request, and closes. */
  #refuse(error: ProxyError): void {
    this.#home.onRefused(error);
    if (this.#socket.writable) this.#socket.write(plainErrorAnswer(error, this.#home.response.date()), 'latin1');
    this.#endInOrder();
  }

  /**
   * Says our last word and reads what the client is still sending, for a while: closing at once would reset the connection, and the reset can
   * overtake the answer (RFC 9112 section 9.6).
   */
  #endInOrder(): void {
    this.#deadline.linger();
    this.#reader.stop(clientGone);
    this.#socket.end();
    this.onReady();
  }

  #next(): void {
    this.#deadline.awaitRequest();
    this.#reader.next();
    if (this.#reader.isInHead) this.#deadline.awaitHead();
    if (this.#isIdle && this.#home.isLast()) this.#socket.end();
  }

  readonly #onData = (chunk: Buffer): void => {
    const isReady = this.#reader.receive(chunk);
    if (this.#reader.isInHead) this.#deadline.awaitHead();
    if (isReady || this.#isOver) return;
    this.#isPaused = true;
    this.#socket.pause();
  };

  /** A client that has ended its side is taken for gone when an answer is due: it is what nearly all that do so mean. */
  readonly #onEnd = (): void => {
    if (this.#exchange !== undefined) this.#socket.destroy();
    // Ending a second time costs an error with its stack trace, which Node makes for nobody.
    else if (!this.#socket.writableEnded) this.#socket.end();
  };

  readonly #onClose = (): void => {
    this.#reader.stop(clientGone);
    this.#dispose();
    const exchange = this.#exchange;
    if (exchange === undefined) return;
    this.#exchange = undefined;
    this.#home.runner.noteFailure(exchange, clientGone);
    exchange.scope.abort(clientGone);
    this.#home.finish(exchange, this.#writer.status ?? 499);
  };

  #dispose(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#writer.close();
    this.#home.onClosed(this);
  }
}
