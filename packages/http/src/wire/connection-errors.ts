// What can go wrong with an exchange on a client connection, in the words of the error table. `endpoint` is its address as people write it.
import { isProxyError, type ProxyError } from '@sluice/core';
import { httpError } from '../errors.ts';

/** Nothing was sent. */
export function closedBeforeUse(endpoint: string): ProxyError {
  return httpError('SLUICE_SEND_FAILED', `${endpoint} closed the connection before it was used`, { retry: 'safe' });
}

export function closedUnanswered(endpoint: string, cause: unknown): ProxyError {
  return httpError('SLUICE_SEND_FAILED', `${endpoint} closed the connection before it answered`, { cause });
}

/** The client is too slow. */
export function requestLate(limitMs: number): ProxyError {
  return httpError('SLUICE_REQUEST_TIMEOUT', `nothing of the request body came within ${limitMs} ms`);
}

/** The endpoint is too slow. */
export function requestStalled(endpoint: string, limitMs: number): ProxyError {
  return httpError('SLUICE_SEND_FAILED', `${endpoint} took nothing of the request body within ${limitMs} ms`);
}

export function endedInHead(endpoint: string, cause: unknown): ProxyError {
  return httpError('SLUICE_RESPONSE_INVALID', `${endpoint} closed the connection inside a response head`, { cause });
}

export function cutShort(endpoint: string, cause: unknown): ProxyError {
  return httpError('SLUICE_RESPONSE_CUT', `${endpoint} closed the connection inside a response body`, { cause });
}

export function switchedUnasked(endpoint: string): ProxyError {
  return httpError('SLUICE_RESPONSE_INVALID', `${endpoint} switched protocols without being asked to`);
}

export function headLate(endpoint: string, limitMs: number): ProxyError {
  return httpError('SLUICE_RESPONSE_TIMEOUT', `no response head from ${endpoint} within ${limitMs} ms`);
}

export function bodyStalled(endpoint: string, limitMs: number): ProxyError {
  return httpError('SLUICE_RESPONSE_STALLED', `nothing of the response body from ${endpoint} within ${limitMs} ms`);
}

/** The receiver of a response, or a listener for interim ones, has thrown. */
export function receiverFailed(cause: unknown): ProxyError {
  if (isProxyError(cause)) return cause;
  return httpError('SLUICE_INTERNAL', 'the receiver of a response failed', { cause });
}

/** The reason of an abort, which may be anything, as an error that a body can fail with. */
export function abortError(reason: unknown): ProxyError {
  if (isProxyError(reason)) return reason;
  return httpError('SLUICE_CLIENT_ABORTED', 'the exchange was aborted', { cause: reason });
}
