import { expect, test } from 'vitest';
import { classifyHandshakeError } from './classify-handshake-error.ts';
import { HandshakeError } from './handshake-error.ts';

const nodeError = (code: string, message = code): Error => Object.assign(new Error(message), { code });

test.each([
  ['ECONNRESET', 'cut'],
  ['ERR_SSL_HTTP_REQUEST', 'not-tls'],
  ['ERR_SSL_UNSUPPORTED_PROTOCOL', 'version'],
  ['ERR_SSL_NO_SHARED_CIPHER', 'parameters'],
  ['ERR_SSL_NO_APPLICATION_PROTOCOL', 'alpn'],
  ['ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE', 'client-certificate'],
  ['ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE', 'refused'],
  ['ERR_SSL_DECODE_ERROR', 'malformed'],
])('%s is %s', (code, fault) => {
  const cause = nodeError(code);
  expect(classifyHandshakeError(cause, undefined)).toMatchObject({
    code: 'SLUICE_HANDSHAKE_FAILED',
    source: 'downstream',
    fault,
    cause,
  });
});

test('a client whose certificate is not verified has not just left', () => {
  expect(classifyHandshakeError(nodeError('ECONNRESET'), 'CERT_HAS_EXPIRED')).toMatchObject({
    fault: 'client-certificate',
    message: "the TLS handshake failed: the client's certificate is not verified (CERT_HAS_EXPIRED)",
  });
});

test('messages keep the reason of OpenSSL, and nothing of its insides', () => {
  const text =
    '404D:error:0A0000EB:SSL routines:tls_handle_alpn:no application protocol:../deps/openssl/statem.c:2303:\n';
  expect(classifyHandshakeError(nodeError('ERR_SSL_NO_APPLICATION_PROTOCOL', text), undefined).message).toBe(
    'the TLS handshake failed: no application protocol',
  );
});

test('our own errors stay what they are', () => {
  const own = new HandshakeError('no-certificate', 'failed');
  expect(classifyHandshakeError(own, undefined)).toBe(own);
  expect(own).toMatchObject({ code: 'SLUICE_CERTIFICATE_UNAVAILABLE', source: 'proxy' });
});
