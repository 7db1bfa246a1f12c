// What can be wrong with a client's TLS handshake, one word each, and the error that carries it.
import { ProxyError } from '@sluice/core';
import { l4Errors } from '../errors.ts';

/**
 * Why a handshake failed.
 *
 * - `not-tls`: the client speaks something else, such as HTTP.
 * - `version`: there is no common version of TLS.
 * - `parameters`: there is no common cipher suite, group or signature; or no certificate for the name, when `unknownNames` is `refuse`.
 * - `alpn`: there is no common protocol.
 * - `client-certificate`: the client has none, or one that is not verified.
 * - `no-certificate`: we could not get ours; the code is `SLUICE_CERTIFICATE_UNAVAILABLE`.
 * - `refused`: the client did not like our certificate, or something else, and said so.
 * - `malformed`: anything else that breaks the rules of TLS.
 * - `late`: it was not over in time.
 * - `cut`: the client left in the middle of it.
 */
export type HandshakeFault =
  | 'not-tls'
  | 'version'
  | 'parameters'
  | 'alpn'
  | 'client-certificate'
  | 'no-certificate'
  | 'refused'
  | 'malformed'
  | 'late'
  | 'cut';

/** A handshake that failed; code `SLUICE_HANDSHAKE_FAILED`, or `SLUICE_CERTIFICATE_UNAVAILABLE` when it is not the client's fault. */
export class HandshakeError extends ProxyError {
  /** What is wrong, for counting. */
  readonly fault: HandshakeFault;

  /** Makes an error; `detail` completes the sentence "the TLS handshake …". */
  constructor(fault: HandshakeFault, detail: string, cause?: unknown) {
    const code = fault === 'no-certificate' ? 'SLUICE_CERTIFICATE_UNAVAILABLE' : 'SLUICE_HANDSHAKE_FAILED';
    super(code, l4Errors[code], `the TLS handshake ${detail}`, { cause });
    this.name = 'HandshakeError';
    this.fault = fault;
  }
}
