// What can be wrong with a ClientHello, one word each, and the error that carries it.
import { ProxyError } from '@sluice/core';
import { l4Errors } from '../errors.ts';

/**
 * What is wrong with a ClientHello.
 *
 * - `not-tls`: the connection starts with something else than a TLS handshake.
 * - `sslv2`: it is in the format of SSL 2.0, which RFC 6176 forbids.
 * - `not-a-hello`: the handshake starts with another message.
 * - `malformed`: records or lengths do not fit.
 * - `repeated`: an extension that is read here is there twice, and the endpoint might look at the other one.
 * - `server-name`: the name is none: characters, labels or a length that host names do not have, or two of them.
 * - `too-large`: it is longer than the limit.
 * - `late`: it was not complete in time.
 * - `cut`: the connection ended within it.
 */
export type ClientHelloFault =
  'not-tls' | 'sslv2' | 'not-a-hello' | 'malformed' | 'repeated' | 'server-name' | 'too-large' | 'late' | 'cut';

/** A client that is refused for its ClientHello; code `SLUICE_CLIENT_HELLO_INVALID`. */
export class ClientHelloError extends ProxyError {
  /** What is wrong, for counting. */
  readonly fault: ClientHelloFault;

  /** Makes an error; `detail` completes the sentence "the ClientHello …". */
  constructor(fault: ClientHelloFault, detail: string) {
    super('SLUICE_CLIENT_HELLO_INVALID', l4Errors.SLUICE_CLIENT_HELLO_INVALID, `the ClientHello ${detail}`);
    this.name = 'ClientHelloError';
    this.fault = fault;
  }
}
