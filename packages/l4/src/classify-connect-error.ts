// Turns what Node reports while a connection is made into one of our codes. The only file of l4 that knows foreign codes.
import { isProxyError, type EndpointAddress, type ProxyError } from '@sluice/core';
import { l4Error } from './errors.ts';

/** What Node's and OpenSSL's errors carry. */
interface ForeignError {
  readonly message: string;
  readonly code?: string;
  /** The call that failed; TLS errors have none, or that of the transfer: `read`, `write`. */
  readonly syscall?: string;
  readonly address?: string;
  /** OpenSSL's short text, without its file names and numbers. */
  readonly reason?: string;
}

const callsBeforeTls: ReadonlySet<string | undefined> = new Set(['connect', 'getaddrinfo', 'bind', 'socket']);

/**
 * Says what a failed connect was: refused, timed out, failed in TLS, or anything else. When several addresses of a name were tried, the
 * one that got furthest decides: one that refused tells more than one that has no route. Returns a `ProxyError` as it is.
 *
 * @param limitMs - The connect timeout, for the message.
 */
export function classifyConnectError(error: unknown, address: EndpointAddress, limitMs: number): ProxyError {
  if (isProxyError(error)) return error;
  const failures = (error instanceof AggregateError ? error.errors : [error]).map(readForeign);
  if (address.secure && !failures.some((failure) => callsBeforeTls.has(failure.syscall))) {
    return l4Error('SLUICE_TLS_FAILED', `TLS with ${address.href} failed: ${describeTls(failures)}`, { cause: error });
  }
  const details = failures.map(describeConnect).join(', ');
  const has = (code: string): boolean => failures.some((failure) => failure.code === code);
  // A missing socket file is what a closed port is: nobody listens there.
  if (has('ECONNREFUSED') || (address.kind === 'unix' && has('ENOENT'))) {
    return l4Error('SLUICE_CONNECT_REFUSED', `${address.href} refused the connection: ${details}`, { cause: error });
  }
  if (has('ETIMEDOUT')) {
    const message = `the system gave up connecting to ${address.href} before the limit of ${limitMs} ms: ${details}`;
    return l4Error('SLUICE_CONNECT_TIMEOUT', message, { cause: error });
  }
  return l4Error('SLUICE_CONNECT_FAILED', `cannot connect to ${address.href}: ${details}`, { cause: error });
}

function readForeign(error: unknown): ForeignError {
  return error instanceof Error ? error : { message: String(error) };
}

function describeConnect({ code, address, message }: ForeignError): string {
  if (code === undefined) return message;
  return address === undefined ? code : `${address} ${code}`;
}

function describeTls(failures: readonly ForeignError[]): string {
  return failures
    .map(({ code, reason, message }) => {
      if (code === 'ERR_SSL_WRONG_VERSION_NUMBER') return `the endpoint does not speak TLS (${code})`;
      return code === undefined ? message : `${reason ?? message.trimEnd()} (${code})`;
    })
    .join(', ');
}
