// Turns what Node reports about a client's handshake into one of our errors: OpenSSL's many codes in a few words that can be counted.
import { HandshakeError, type HandshakeFault } from './handshake-error.ts';

const faults: Readonly<Record<string, HandshakeFault>> = {
  ECONNRESET: 'cut',
  EPIPE: 'cut',
  ERR_SSL_HTTP_REQUEST: 'not-tls',
  ERR_SSL_HTTPS_PROXY_REQUEST: 'not-tls',
  ERR_SSL_WRONG_VERSION_NUMBER: 'not-tls',
  ERR_SSL_UNSUPPORTED_PROTOCOL: 'version',
  ERR_SSL_VERSION_TOO_LOW: 'version',
  ERR_SSL_INAPPROPRIATE_FALLBACK: 'version',
  ERR_SSL_NO_SHARED_CIPHER: 'parameters',
  ERR_SSL_NO_SHARED_GROUP: 'parameters',
  ERR_SSL_NO_SUITABLE_KEY_SHARE: 'parameters',
  ERR_SSL_NO_SUITABLE_GROUPS: 'parameters',
  ERR_SSL_NO_SUITABLE_SIGNATURE_ALGORITHM: 'parameters',
  ERR_SSL_NO_SHARED_SIGNATURE_ALGORITHMS: 'parameters',
  ERR_SSL_NO_APPLICATION_PROTOCOL: 'alpn',
  ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE: 'client-certificate',
};

/**
 * Says what a failed handshake failed of.
 *
 * @param error - What Node has emitted.
 * @param verification - Why the client's certificate is not verified, when it is that. Node then closes the connection as if the client had left.
 */
export function classifyHandshakeError(
  error: Error & { readonly code?: string },
  verification: string | undefined,
): HandshakeError {
  if (error instanceof HandshakeError) return error;
  if (verification !== undefined) {
    return new HandshakeError(
      'client-certificate',
      `failed: the client's certificate is not verified (${verification})`,
    );
  }
  const { code = '', message } = error;
  const known = faults[code];
  if (known === 'cut') return new HandshakeError('cut', 'was cut off by the client', error);
  // ERR_SSL_SSLV3_ALERT_CERTIFICATE_UNKNOWN, ERR_SSL_TLSV1_ALERT_UNKNOWN_CA and their like are what the other side has sent.
  const fault = known ?? (code.includes('_ALERT_') ? 'refused' : 'malformed');
  return new HandshakeError(fault, `failed: ${shorten(message)}`, error);
}

/** OpenSSL's reason, without the file and the line that found it: `error:0A0000EB:SSL routines:tls_handle_alpn:no application protocol:…`. */
function shorten(message: string): string {
  return /SSL routines:[^:]*:([^:]+)/.exec(message)?.[1] ?? message;
}
