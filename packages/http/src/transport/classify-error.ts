// Which foreign error means which of our codes: the only file of this package that knows them. Errors of connecting are l4's.
import { coreError, isProxyError, type ProxyError } from '@sluice/core';
import { classifyConnectError } from '@sluice/l4';
import { httpError } from '../errors.ts';
import { closedUnanswered } from '../wire/connection-errors.ts';
import type { OutgoingRequest } from './transport.ts';

/** How far an attempt had come when it failed: `head` is from the first byte of the answer, `body` from the end of its head. */
export type AttemptPhase = 'connecting' | 'unanswered' | 'head' | 'body';

/** Turns an error of undici, or of the sockets under it, into ours. One of ours passes. */
export function classifyUndiciError(error: unknown, request: OutgoingRequest, phase: AttemptPhase): ProxyError {
  if (isProxyError(error)) return error;
  const { address } = request.endpoint;
  const options = { cause: error };
  switch (codeOf(error)) {
    case 'UND_ERR_INVALID_ARG':
    case 'UND_ERR_NOT_SUPPORTED':
    case 'UND_ERR_REQ_CONTENT_LENGTH_MISMATCH':
      return httpError('SLUICE_INTERNAL', 'undici can not send this request', options);
    case 'UND_ERR_DESTROYED':
    case 'UND_ERR_CLOSED':
      return coreError('SLUICE_SHUTTING_DOWN', 'the dispatcher is closed', options);
    default:
  }
  if (phase === 'connecting') return classifyConnectError(error, address, request.timeouts.connectMs);
  if (phase === 'body') {
    return httpError('SLUICE_RESPONSE_CUT', `the response body from ${address.href} is not complete`, options);
  }
  // What undici's parser refuses may not even have begun as a response.
  if (phase === 'head' || (error instanceof Error && error.name === 'HTTPParserError')) {
    return httpError('SLUICE_RESPONSE_INVALID', `the response head from ${address.href} is not usable`, options);
  }
  return closedUnanswered(address.href, error);
}

function codeOf(error: unknown): string {
  const code: unknown = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : '';
}
