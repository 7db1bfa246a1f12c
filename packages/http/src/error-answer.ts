// Turns an error into the answer a client gets: a status, a machine-readable code, the exchange's id, and no internal message.
import { isProxyError, type ProxyError } from '@sluice/core';
import { STATUS_CODES } from 'node:http';
import { httpError } from './errors.ts';
import type { Exchange } from './exchange.ts';
import { createHeaderList } from './headers/header-list.ts';
import { prefersJson } from './headers/prefers-json.ts';
import { createResponse, type ProxyResponse } from './response/response.ts';

/** How a code answers: its status, and its error type in `Proxy-Status` (RFC 9209 section 2.3). */
interface AnswerFacts {
  readonly status: number;
  readonly proxyStatus: string;
}

const answers: Readonly<Record<string, AnswerFacts>> = {
  SLUICE_NO_ENDPOINT: { status: 503, proxyStatus: 'destination_unavailable' },
  SLUICE_QUEUE_FULL: { status: 503, proxyStatus: 'connection_limit_reached' },
  SLUICE_QUEUE_TIMEOUT: { status: 503, proxyStatus: 'connection_limit_reached' },
  SLUICE_CIRCUIT_OPEN: { status: 503, proxyStatus: 'destination_unavailable' },
  SLUICE_SHUTTING_DOWN: { status: 503, proxyStatus: 'proxy_internal_response' },
  SLUICE_CONNECT_REFUSED: { status: 502, proxyStatus: 'connection_refused' },
  SLUICE_ADDRESS_DENIED: { status: 502, proxyStatus: 'destination_ip_prohibited' },
  SLUICE_CONNECT_FAILED: { status: 502, proxyStatus: 'destination_ip_unroutable' },
  SLUICE_CONNECT_TIMEOUT: { status: 504, proxyStatus: 'connection_timeout' },
  SLUICE_TLS_FAILED: { status: 502, proxyStatus: 'tls_protocol_error' },
  SLUICE_FRAMING_INVALID: { status: 400, proxyStatus: 'http_request_error' },
  SLUICE_TARGET_INVALID: { status: 400, proxyStatus: 'http_request_error' },
  SLUICE_TARGET_TOO_LONG: { status: 414, proxyStatus: 'http_request_error' },
  SLUICE_VERSION_UNSUPPORTED: { status: 505, proxyStatus: 'http_request_error' },
  SLUICE_CONNECT_DISABLED: { status: 405, proxyStatus: 'http_request_denied' },
  SLUICE_CONNECT_DENIED: { status: 403, proxyStatus: 'http_request_denied' },
  SLUICE_HEADERS_TOO_LARGE: { status: 431, proxyStatus: 'http_request_error' },
  SLUICE_BODY_TOO_LARGE: { status: 413, proxyStatus: 'http_request_error' },
  SLUICE_REQUEST_TIMEOUT: { status: 408, proxyStatus: 'http_request_error' },
  SLUICE_CLIENT_ABORTED: { status: 499, proxyStatus: 'http_request_error' },
  SLUICE_LOOP_DETECTED: { status: 508, proxyStatus: 'proxy_loop_detected' },
  SLUICE_SEND_FAILED: { status: 502, proxyStatus: 'connection_terminated' },
  SLUICE_RESPONSE_TIMEOUT: { status: 504, proxyStatus: 'http_response_timeout' },
  SLUICE_RESPONSE_INVALID: { status: 502, proxyStatus: 'http_protocol_error' },
  SLUICE_STATUS_REFUSED: { status: 502, proxyStatus: 'http_request_error' },
  SLUICE_DEADLINE_INVALID: { status: 400, proxyStatus: 'http_request_error' },
  SLUICE_DEADLINE_PASSED: { status: 504, proxyStatus: 'http_response_timeout' },
  SLUICE_RESPONSE_CUT: { status: 502, proxyStatus: 'http_response_incomplete' },
  SLUICE_RESPONSE_STALLED: { status: 504, proxyStatus: 'http_response_timeout' },
  SLUICE_TOTAL_TIMEOUT: { status: 504, proxyStatus: 'http_response_timeout' },
};

/** What `Allow` says when it is about every target. */
export const allowedMethods = 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS';

const internalAnswer: AnswerFacts = { status: 500, proxyStatus: 'proxy_internal_error' };

/** Any thrown value as a `ProxyError`; a foreign one is a bug in middleware, or ours. */
export function toProxyError(error: unknown): ProxyError {
  return isProxyError(error) ? error : httpError('SLUICE_INTERNAL', 'a middleware threw', { cause: error });
}

/** The status that an error is answered with; 499 when the client has gone. */
export function errorStatus(error: ProxyError): number {
  return (answers[error.code] ?? internalAnswer).status;
}

/** An answer on a connection that has no request to answer, and no future, as text. @param date - The value of `Date` now */
export function plainErrorAnswer(error: ProxyError, date: string): string {
  const status = errorStatus(error);
  const line = `${status} ${STATUS_CODES[status] ?? ''}`;
  const body = `${line}: ${error.code}\n`;
  const allow = status === 405 ? `Allow: ${allowedMethods}\r\n` : '';
  const head = `HTTP/1.1 ${line}\r\nDate: ${date}\r\nConnection: close\r\n${allow}`;
  return `${head}Content-Type: text/plain; charset=utf-8\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
}

/** Makes the answer to an error: JSON when the client prefers that, one line of text otherwise. */
export function errorAnswer(error: ProxyError, exchange: Exchange): ProxyResponse {
  const { status, proxyStatus } = answers[error.code] ?? internalAnswer;
  const message = STATUS_CODES[status] ?? 'Client Closed Request';
  const json = prefersJson(exchange.request.headers);
  const headers = createHeaderList([
    'Content-Type',
    json ? 'application/json; charset=utf-8' : 'text/plain; charset=utf-8',
    'Cache-Control',
    'no-store',
    'Proxy-Status',
    `sluice; error=${proxyStatus}`,
  ]);
  if (status === 405) headers.append('Allow', allowedMethods);
  if (status === 503) headers.append('Retry-After', String(retryAfterSeconds(error)));
  // Where one request was ambiguous, nobody can tell where the next one starts.
  if (status === 400) headers.append('Connection', 'close');
  const body = json
    ? `${JSON.stringify({ error: { status, code: error.code, message, requestId: exchange.id } })}\n`
    : `${status} ${message}: ${error.code} (request ${exchange.id})\n`;
  return createResponse({ status, statusText: message, headers, body });
}

/** The value of `Retry-After`, in seconds (RFC 9110 section 10.2.3): when it is worth another try, where that is known. */
export function retryAfterSeconds({ retryAfterMs = 0 }: ProxyError): number {
  return Math.max(1, Math.ceil(retryAfterMs / 1000));
}
