// The front for web-standard frameworks: a Request becomes an exchange, and its response a Response. No socket is seen here.
import { isProxyError, type Clock, type ProxyError } from '@sluice/core';
import { Readable } from 'node:stream';
import { emptyBody, type Body } from '../body/body.ts';
import { streamBody } from '../body/stream-body.ts';
import { webStream } from '../body/web-stream.ts';
import { toProxyError } from '../error-answer.ts';
import { httpError } from '../errors.ts';
import { receive } from '../exchange-receiver.ts';
import type { ExchangeRunner } from '../exchange-runner.ts';
import type { ExchangeRequest, ProxyExchange } from '../exchange.ts';
import type { ConnectionInfo } from '../headers/client-resolver.ts';
import { createHeaderList, type HeaderList } from '../headers/header-list.ts';
import type { ProxyResponse } from '../response/response.ts';
import type { HandleOptions } from './handle-options.ts';

/** Statuses whose responses have no body, as a Response insists (Fetch standard, "null body status"). */
const bodiless: ReadonlySet<number> = new Set([204, 205, 304]);

/** What is said about one request that is handed to `proxy.fetch`. */
export interface FetchOptions extends Omit<HandleOptions, 'next' | 'parsedBody'> {
  /**
   * The connection that the request came on, as far as the framework knows it: a Request does not say.
   *
   * @defaultValue an unknown client, whom no list of trusted proxies names; secure when the URL is `https:`
   */
  readonly connection?: Partial<ConnectionInfo> | undefined;
}

/** What the front needs besides the runner. */
export interface FetchFrontOptions {
  readonly clock: Clock;
  readonly timeouts: { readonly responseBodyIdleMs: number };
  readonly passErrors: boolean;
  /** Why new work is refused, if it is. */
  readonly refusal: () => ProxyError | undefined;
}

/** One proxy's front for Request and Response. */
export class FetchFront {
  readonly #runner: ExchangeRunner;
  readonly #options: FetchFrontOptions;

  constructor(runner: ExchangeRunner, options: FetchFrontOptions) {
    this.#runner = runner;
    this.#options = options;
  }

  /** Serves a request. @throws ProxyError only with `passErrors`, for what comes before the response's head */
  async fetch(source: Request, said: FetchOptions): Promise<Response> {
    const runner = this.#runner;
    const url = new URL(source.url);
    const { request, fault } = readRequest(source, url, said.target);
    const exchange = runner.begin({
      request,
      fault: this.#options.refusal() ?? fault,
      connection: connectionOf(url, said.connection),
      // A Response has no interim ones before it.
      inform: () => {},
    });
    const { signal } = source;
    const onAbort = (): void => this.#abort(exchange, signal.reason);
    signal.addEventListener('abort', onAbort);
    const onOver = (status: number): void => {
      signal.removeEventListener('abort', onAbort);
      runner.finish(exchange, status);
    };
    if (signal.aborted) onAbort();
    try {
      const response = await receive((receiver) => runner.respond(exchange, receiver, said.prepare));
      return this.#write(exchange, response, onOver);
    } catch (error) {
      return this.#fail(exchange, error, onOver);
    }
  }

  #fail(exchange: ProxyExchange, error: unknown, onOver: (status: number) => void): Response {
    const failure = toProxyError(error);
    const answer = this.#runner.answer(exchange, failure);
    if (!this.#options.passErrors) return this.#write(exchange, answer, onOver);
    onOver(answer.status);
    throw failure;
  }

  #abort(exchange: ProxyExchange, reason: unknown): void {
    const error = isProxyError(reason)
      ? reason
      : httpError('SLUICE_CLIENT_ABORTED', 'the request was aborted', { cause: reason });
    this.#runner.noteFailure(exchange, error);
    exchange.scope.abort(error);
  }

  #write(exchange: ProxyExchange, response: ProxyResponse, onOver: (status: number) => void): Response {
    const { body, status, statusText } = response;
    const headers = fetchHeaders(response);
    const init = { status, statusText, headers };
    if (body.size === 0 || bodiless.has(status) || exchange.request.method === 'HEAD') {
      const made = new Response(null, init);
      if (body.size !== 0) body.cancel(undefined);
      onOver(status);
      return made;
    }
    const { clock, timeouts } = this.#options;
    // It refuses a status or a reason that it can not hold, which must be known before anything flows.
    void new Response(null, init);
    const onBodyOver = (error: unknown): void => {
      if (error !== undefined) this.#abort(exchange, error);
      onOver(status);
    };
    const stream = webStream(body, { clock, idleMs: timeouts.responseBodyIdleMs, onOver: onBodyOver });
    return new Response(stream, init);
  }
}

function readRequest(
  source: Request,
  url: URL,
  target: string | undefined,
): { request: ExchangeRequest; fault: ProxyError | undefined } {
  const headers = createHeaderList([...source.headers].flat());
  if (!headers.has('host')) headers.set('Host', url.host);
  const { body, fault } = readBody(source, headers);
  const request: ExchangeRequest = {
    method: source.method,
    target: target ?? `${url.pathname}${url.search}`,
    version: '1.1',
    headers,
    body,
    // Whoever made the Request has taken its body already, or said that it may come.
    expectContinue: false,
    upgrade: undefined,
  };
  return { request, fault };
}

function readBody(source: Request, headers: HeaderList): { body: Body; fault: ProxyError | undefined } {
  if (source.bodyUsed) {
    const reason = 'the request body was read before the proxy saw it: pass a Request whose body is unused';
    return { body: emptyBody, fault: httpError('SLUICE_BODY_ALREADY_READ', reason) };
  }
  if (source.body === null) return { body: emptyBody, fault: undefined };
  const length = headers.get('content-length');
  const size = length !== undefined && /^\d{1,15}$/.test(length) ? Number(length) : undefined;
  const stream = Readable.fromWeb(source.body);
  return { body: size === 0 ? emptyBody : streamBody(stream, { size, toError: requestBroken }), fault: undefined };
}

function requestBroken(cause: unknown): ProxyError {
  return httpError('SLUICE_CLIENT_ABORTED', 'the request body broke before its end', { cause });
}

function connectionOf(url: URL, known: Partial<ConnectionInfo> = {}): ConnectionInfo {
  return { remoteAddress: 'unknown', remotePort: 0, localPort: 0, secure: url.protocol === 'https:', ...known };
}

/** The fields of a response, with its length where that is known: the framework frames it by that. */
function fetchHeaders({ headers: list, body, status }: ProxyResponse): Headers {
  const headers = new Headers();
  list.forEach((name, value) => headers.append(name, value));
  const { size } = body;
  if (status === 204) headers.delete('content-length');
  else if (size !== undefined && size > 0) headers.set('content-length', String(size));
  else if (size === undefined) headers.delete('content-length');
  headers.delete('trailer');
  return headers;
}
