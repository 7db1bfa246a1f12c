// Why a CONNECT is not served.
import type { ProxyError } from '@sluice/core';
import { httpError } from '../errors.ts';

/** A reverse proxy is not a way out: CONNECT would make it one. */
export function connectDisabled(): ProxyError {
  return httpError('SLUICE_CONNECT_DISABLED', 'CONNECT is not served');
}

export function connectDenied(target: string): ProxyError {
  return httpError('SLUICE_CONNECT_DENIED', `${target} is not in connect.allow`);
}

export function connectTargetInvalid(): ProxyError {
  return httpError('SLUICE_TARGET_INVALID', 'the target of CONNECT is not a host and a port');
}

/** RFC 9110 section 9.3.6: what comes behind the head belongs to the tunnel. Read as content by one and as tunnel by the next, it is a request smuggled. */
export function connectWithBody(): ProxyError {
  return httpError('SLUICE_FRAMING_INVALID', 'a body together with CONNECT');
}

/** To the client, a success is the beginning of a tunnel (RFC 9110 section 9.3.6). */
export function connectUntunnelled(status: number): ProxyError {
  return httpError('SLUICE_INTERNAL', `a middleware answered CONNECT with ${status} and without a tunnel`);
}
