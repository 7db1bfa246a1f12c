// The front on node:http: a request and response, or an upgraded socket, become an exchange, and its response is written back.
// Works in any server or framework that hands over node's own objects.
import type { Clock, ProxyError } from '@sluice/core';
import type { ClientConnection } from '@sluice/l4';
import { ServerResponse, type IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { connectDisabled } from '../connect/connect-refusals.ts';
import { toProxyError } from '../error-answer.ts';
import { httpError } from '../errors.ts';
import { receive, type ExchangeReceiver } from '../exchange-receiver.ts';
import type { ExchangeRunner } from '../exchange-runner.ts';
import type { ExchangeRequest, ProxyExchange } from '../exchange.ts';
import { createHeaderList } from '../headers/header-list.ts';
import { upgradeProtocol, type UpgradePolicy } from '../request/upgrade-protocol.ts';
import type { ProxyResponse } from '../response/response.ts';
import { EarlyBytes } from './early-bytes.ts';
import type { HandleOptions, Next } from './handle-options.ts';
import { LastWords } from './last-words.ts';
import { openTunnel } from './open-tunnel.ts';
import { nodeConnection, readNodeRequest, type NodeRequestFacts } from './node-request.ts';
import { abortClient, NodeResponseWriter } from './node-response.ts';
import { responseTurn } from './response-turn.ts';

/** How long the rest of a request body is read and thrown away behind an early answer, in milliseconds. */
const lingerMs = 30_000;

/** What the front needs besides the runner. */
export interface NodeFrontOptions {
  readonly clock: Clock;
  readonly timeouts: { readonly responseBodyIdleMs: number; readonly upgradeIdleMs: number };
  readonly upgrades: UpgradePolicy;
  /** Whether CONNECT is not answered with 405. */
  readonly servesConnect: boolean;
  /** Whether errors before the head go to `next` instead of being answered. */
  readonly passErrors: boolean;
  /** Whether endpoints are asked for `req.originalUrl`. */
  readonly keepMountPath: boolean;
  /** Whether the response being written is the last on its connection. */
  readonly isLast: () => boolean;
  /** Why new work is refused, if it is. */
  readonly refusal: () => ProxyError | undefined;
  /** Hears of the errors that exchanges end with. */
  readonly onRefused?: (error: ProxyError) => void;
  /** What a listener of our own knows of the client of a connection. */
  readonly clientOf?: (socket: Duplex) => ClientConnection | undefined;
}

const nothing: HandleOptions = Object.freeze({});

interface OpenResponse {
  readonly exchange: ProxyExchange;
  readonly writer: NodeResponseWriter;
}

/** One proxy's front for node's own objects. */
export class NodeFront {
  /** The connections that end here and not in node's server. */
  readonly lastWords: LastWords;
  readonly #runner: ExchangeRunner;
  readonly #options: NodeFrontOptions;

  constructor(runner: ExchangeRunner, options: NodeFrontOptions) {
    this.#runner = runner;
    this.#options = options;
    this.lastWords = new LastWords(options.clock);
  }

  /** Serves a request. Resolves once the response is on its way. */
  async serve(
    req: IncomingMessage,
    res: ServerResponse,
    ownsContinue: boolean,
    said: HandleOptions = nothing,
  ): Promise<void> {
    const turn = responseTurn(req, res);
    if (turn === false) return;
    if (turn !== undefined) await turn;
    const open = this.#open(req, res, { ownsContinue, upgrade: undefined, detached: false }, said);
    const next = this.#options.passErrors ? said.next : undefined;
    const receiver: ExchangeReceiver = {
      onResponse: (_, response) => {
        try {
          this.#send(open, res, response);
        } catch (error) {
          this.#fail(open, res, error, next);
        }
      },
      onError: (_, error) => this.#fail(open, res, error, next),
    };
    this.#runner.respond(open.exchange, receiver, said.prepare);
  }

  /** Serves a request whose socket node has handed over because of its `Upgrade`, or because it is CONNECT. Resolves when a tunnel is over. */
  async leaveHttp(req: IncomingMessage, socket: Duplex, head: Buffer, said: HandleOptions = nothing): Promise<void> {
    socket.on('error', ignoreError);
    // Its client has left before we were called, which no event tells any more.
    if (socket.destroyed) return;
    // The rest of the path, a refusal above all, needs a response like any other; it closes the connection behind itself.
    const res = new ServerResponse(req);
    res.shouldKeepAlive = false;
    try {
      res.assignSocket(socket as Socket);
    } catch {
      // Node hands the socket over while it still writes the answer to the request before. No client asks for an upgrade before it has that.
      socket.destroy();
      return;
    }
    // Node's server, which is done with the socket, does not see to its end.
    res.once('finish', () => {
      res.detachSocket(socket as Socket);
      this.lastWords.say('', socket);
      res.emit('close');
    });
    // RFC 9110 section 7.8: an HTTP/1.0 client can not mean it. CONNECT switches to what its target speaks.
    const policy = req.httpVersion === '1.1' && req.method !== 'CONNECT' ? this.#options.upgrades : false;
    const upgrade = upgradeProtocol(createHeaderList(req.rawHeaders), policy);
    const open = this.#open(req, res, { ownsContinue: false, upgrade, detached: true }, said);
    const early = new EarlyBytes(socket, head);
    const response = await this.#respond(open.exchange, said);
    const firstBytes = early.take();
    if (response.tunnel === undefined) this.#send(open, res, response);
    else {
      const { timeouts, clock } = this.#options;
      res.detachSocket(socket as Socket);
      const cancellation = open.exchange.scope;
      await openTunnel(socket, firstBytes, response, {
        idleTimeoutMs: timeouts.upgradeIdleMs,
        clock,
        cancellation,
      });
      this.#finish(open.exchange, response.status);
    }
  }

  /** Hands an error on, or answers it; what `next` throws is answered too. */
  #fail(open: OpenResponse, res: ServerResponse, error: unknown, next: Next | undefined): void {
    if (next === undefined) {
      this.#send(open, res, this.#runner.answer(open.exchange, error));
      return;
    }
    const failure = toProxyError(error);
    this.#runner.noteFailure(open.exchange, failure);
    if (res.headersSent || res.destroyed) return;
    try {
      next(failure);
    } catch (thrown) {
      if (res.headersSent) abortClient(res);
      else this.#fail(open, res, thrown, undefined);
    }
  }

  /** The response, or the answer to what went wrong. */
  async #respond(exchange: ProxyExchange, { prepare }: HandleOptions): Promise<ProxyResponse> {
    try {
      return await receive((receiver) => this.#runner.respond(exchange, receiver, prepare));
    } catch (error) {
      return this.#runner.answer(exchange, error);
    }
  }

  #open(req: IncomingMessage, res: ServerResponse, facts: NodeRequestFacts, said: HandleOptions): OpenResponse {
    const runner = this.#runner;
    const { clock, timeouts, keepMountPath } = this.#options;
    const writer = new NodeResponseWriter(res, {
      clock,
      responseBodyIdleMs: timeouts.responseBodyIdleMs,
      onFailure: (error) => runner.noteFailure(exchange, error),
    });
    const { request, fault } = readNodeRequest(req, facts, {
      target: said.target ?? mountedTarget(req, keepMountPath),
      parsedBody: said.parsedBody ?? (req as { body?: unknown }).body,
    });
    const exchange = runner.begin({
      request,
      fault: this.#refusal(request, facts) ?? fault,
      connection: nodeConnection(req.socket, this.#options.clientOf?.(req.socket)),
      inform: (status, statusText, headers) => writer.inform(status, statusText, headers),
    });
    res.once('close', () => {
      writer.close();
      this.#onClosed(exchange, req, res);
    });
    return { exchange, writer };
  }

  #refusal({ method }: ExchangeRequest, { detached }: NodeRequestFacts): ProxyError | undefined {
    const { refusal, servesConnect } = this.#options;
    return method === 'CONNECT' && !(detached && servesConnect) ? connectDisabled() : refusal();
  }

  #send({ exchange, writer }: OpenResponse, res: ServerResponse, response: ProxyResponse): void {
    // A client that was never told to go on may send its body or not: the connection can not be read any further (RFC 9110 section 10.1.1).
    const isLast = this.#options.isLast() || (exchange.request.expectContinue && !writer.hasContinued);
    try {
      writer.send(response, isLast);
    } catch (error) {
      // A field that node refuses to write: the response is middleware's, so this is not the upstream's fault.
      response.body.cancel(error);
      if (res.headersSent) abortClient(res);
      else writer.send(this.#runner.answer(exchange, error), isLast);
    }
  }

  #onClosed(exchange: ProxyExchange, req: IncomingMessage, res: ServerResponse): void {
    if (!res.writableFinished) {
      const gone = httpError(
        'SLUICE_CLIENT_ABORTED',
        'the client closed the connection before the response was complete',
      );
      this.#runner.noteFailure(exchange, gone);
      exchange.scope.abort(gone);
    } else if (!req.complete && !req.destroyed) this.#linger(req);
    this.#finish(exchange, res.headersSent ? res.statusCode : 499);
  }

  #finish(exchange: ProxyExchange, status: number): void {
    const error = this.#runner.finish(exchange, status);
    if (error !== undefined) this.#options.onRefused?.(error);
  }

  /**
   * Gives a client that is still sending behind an early answer the time to read it: closing at once would reset the connection,
   * and the reset can overtake the answer (RFC 9112 section 9.6).
   */
  #linger(req: IncomingMessage): void {
    const timer = this.#options.clock.setTimer(() => req.destroy(), lingerMs);
    req.once('close', () => timer.cancel());
    req.resume();
  }
}

/** Frameworks take the mount path off `req.url`, and keep the whole in `req.originalUrl`. */
function mountedTarget(req: IncomingMessage & { readonly originalUrl?: unknown }, keepMountPath: boolean): string {
  const { url = '', originalUrl } = req;
  return keepMountPath && typeof originalUrl === 'string' ? originalUrl : url;
}

function ignoreError(): void {}
