// What can be wrong with the bytes of a request, as errors. Each stands for one answer; messages are for logs, clients see the code only.
import type { ProxyError } from '@sluice/core';
import { httpError } from '../errors.ts';
import type { Fault } from './fault.ts';

/** Not HTTP/1.1, or open to more than one reading: 400. */
export const invalidRequest: Fault = (what) => httpError('SLUICE_FRAMING_INVALID', `the request has ${what}`);

/** More fields, or more bytes of them, than the limits allow: 431. */
export const fieldsTooLarge: Fault = (what) => httpError('SLUICE_HEADERS_TOO_LARGE', `the request has ${what}`);

/** A request-target over the limit: 414. */
export const targetTooLong: Fault = (what) => httpError('SLUICE_TARGET_TOO_LONG', `the request has ${what}`);

/** A version that is not HTTP/1.0 or HTTP/1.1: 505. */
export const unknownVersion: Fault = (what) => httpError('SLUICE_VERSION_UNSUPPORTED', `the request has ${what}`);

/** A body over the limit: 413. */
export function bodyTooLarge(maxBytes: number): ProxyError {
  return httpError('SLUICE_BODY_TOO_LARGE', `the request has a body of more than ${maxBytes} bytes`);
}
