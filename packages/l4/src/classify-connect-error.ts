// The one place of this package that knows Node's error codes: turns what connecting failed with into a ProxyError.
import { isProxyError, type EndpointAddress, type ProxyError } from '@sluice/core';
import { l4Error } from './errors.ts';

/** Node's and OpenSSL's codes for a peer whose certificate is not accepted, beside all that start with `ERR_TLS_` or `ERR_SSL_`. */
const certificateCodes: ReadonlySet<string> = new Set([
  'CERT_HAS_EXPIRED',
  'CERT_NOT_YET_VALID',
  'CERT_REJECTED',
  'CERT_REVOKED',
  'CERT_SIGNATURE_FAILURE',
  'CERT_UNTRUSTED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'HOSTNAME_MISMATCH',
  'INVALID_CA',
  'INVALID_PURPOSE',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'EPROTO',
]);

/**
 * Says why an endpoint could not be reached.
 *
 * @param tlsStarted - Whether the TCP connection stood already, so that whatever failed, failed in the handshake.
 */
export function classifyConnectError(error: unknown, address: EndpointAddress, tlsStarted = false): ProxyError {
  if (isProxyError(error)) return error;
  const codes = errorCodes(error);
  const where = address.href;
  if (tlsStarted || codes.some(isTlsCode)) {
    return l4Error('SLUICE_TLS_FAILED', `the TLS handshake with ${where} failed: ${describe(error, codes)}`, {
      cause: error,
    });
  }
  // A missing Unix socket is what a closed port is: nobody listens there. With several addresses, one that is alive but refuses says most.
  if (codes.includes('ECONNREFUSED') || (address.kind === 'unix' && codes.includes('ENOENT'))) {
    return l4Error('SLUICE_CONNECT_REFUSED', `${where} refused the connection`, { cause: error });
  }
  if (codes.includes('ETIMEDOUT')) {
    return l4Error('SLUICE_CONNECT_TIMEOUT', `connecting to ${where} timed out in the kernel`, { cause: error });
  }
  return l4Error('SLUICE_CONNECT_FAILED', `connecting to ${where} failed: ${describe(error, codes)}`, { cause: error });
}

function isTlsCode(code: string): boolean {
  return certificateCodes.has(code) || code.startsWith('ERR_TLS_') || code.startsWith('ERR_SSL_');
}

/** The codes of an error, and of those it gathers: trying several addresses fails with an AggregateError. */
function errorCodes(error: unknown): string[] {
  const { code } = error as { readonly code?: unknown };
  const own = typeof code === 'string' ? [code] : [];
  return error instanceof AggregateError ? [...own, ...error.errors.flatMap(errorCodes)] : own;
}

function describe(error: unknown, codes: readonly string[]): string {
  if (error instanceof AggregateError) return [...new Set(codes)].join(', ');
  return error instanceof Error ? error.message : String(error);
}
