// A response as a value: what a transport resolves with, what middleware returns, what a front writes.
import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { emptyBody, type Body } from '../body/body.ts';
import { bytesBody } from '../body/bytes-body.ts';
import { createHeaderList, type HeaderList } from '../headers/header-list.ts';

/** The upstream connection behind an answer of `101 Switching Protocols`, or behind a success of CONNECT. */
export interface Tunnel {
  /** The connection, paused; whoever takes the tunnel owns it. It has an `error` listener already. */
  readonly socket: Duplex;
  /** The bytes that came behind the head. */
  readonly head: Buffer;
}

/**
 * A response on its way to the client. Its parts may be changed until a front writes it.
 *
 * Framing is not part of it: the front declares the body's length from `body.size` and ignores `Content-Length` and
 * `Transfer-Encoding` in `headers` (except the `Content-Length` of an answer to `HEAD` and of a 304, which describe a body that is not sent).
 * Whoever replaces a response, or its body, cancels the body that is no longer wanted.
 */
export interface ProxyResponse {
  /** The status code. */
  status: number;
  /** The reason phrase; may be empty. */
  statusText: string;
  /** The fields, without framing. */
  headers: HeaderList;
  /** What follows the head. */
  body: Body;
  /** Present only when `status` is 101, and with CONNECT when it is from 200 to 299. */
  tunnel?: Tunnel;
}

/** What `createResponse` makes a response of. */
export interface ResponseInit {
  /** The status code. @defaultValue 200 */
  readonly status?: number;
  /** The reason phrase. @defaultValue the standard one */
  readonly statusText?: string;
  /** Fields by name, or a flat list `[name, value, name, value]`, or a list that the response takes over. @defaultValue none */
  readonly headers?: Readonly<Record<string, string>> | readonly string[] | HeaderList;
  /** The body, or its text or bytes. @defaultValue none */
  readonly body?: Body | Uint8Array | string;
}

/** Makes a response, for middleware that answers by itself. */
export function createResponse(init: ResponseInit = {}): ProxyResponse {
  const { status = 200, body = emptyBody } = init;
  return {
    status,
    statusText: init.statusText ?? STATUS_CODES[status] ?? '',
    headers: toHeaderList(init.headers),
    body: typeof body === 'string' || body instanceof Uint8Array ? bytesBody(body) : body,
  };
}

function toHeaderList(headers: ResponseInit['headers']): HeaderList {
  if (headers === undefined) return createHeaderList();
  if (Array.isArray(headers)) return createHeaderList(headers);
  if (isHeaderList(headers)) return headers;
  return createHeaderList(Object.entries(headers).flat());
}

function isHeaderList(headers: object): headers is HeaderList {
  return typeof (headers as Partial<HeaderList>).toFlat === 'function';
}
