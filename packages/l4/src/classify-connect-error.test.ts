import { coreError, parseEndpointAddress } from '@sluice/core';
import { describe, expect, test } from 'vitest';
import { classifyConnectError } from './classify-connect-error.ts';

const plain = parseEndpointAddress('http://a.example:80');
const secure = parseEndpointAddress('https://a.example:443');
const unix = parseEndpointAddress('unix:/run/a');

function foreign(
  facts: { code?: string; syscall?: string; address?: string; reason?: string },
  message = 'it broke',
): Error {
  return Object.assign(new Error(message), facts);
}

function refused(address: string): Error {
  return foreign({ code: 'ECONNREFUSED', syscall: 'connect', address });
}

describe('a connect error', () => {
  test.each([
    ['ECONNREFUSED', 'SLUICE_CONNECT_REFUSED'],
    ['ETIMEDOUT', 'SLUICE_CONNECT_TIMEOUT'],
    ['ENETUNREACH', 'SLUICE_CONNECT_FAILED'],
    ['EHOSTUNREACH', 'SLUICE_CONNECT_FAILED'],
    ['ECONNRESET', 'SLUICE_CONNECT_FAILED'],
    ['EMFILE', 'SLUICE_CONNECT_FAILED'],
    ['ENOENT', 'SLUICE_CONNECT_FAILED'],
  ])('%s is %s, with TLS and without', (code, expected) => {
    const error = foreign({ code, syscall: 'connect', address: '192.0.2.1' });
    for (const address of [plain, secure]) {
      const classified = classifyConnectError(error, address, 5_000);
      expect(classified).toMatchObject({
        code: expected,
        source: 'upstream',
        stage: 'connect',
        retry: 'safe',
        cause: error,
      });
      expect(classified.message).toContain(address.href);
      expect(classified.message).toContain(`192.0.2.1 ${code}`);
    }
  });

  test.each(['ENOTFOUND', 'EAI_AGAIN'])('of a name lookup (%s) is a failure to connect, also before TLS', (code) => {
    const classified = classifyConnectError(foreign({ code, syscall: 'getaddrinfo' }), secure, 5_000);
    expect(classified).toMatchObject({ code: 'SLUICE_CONNECT_FAILED' });
    expect(classified.message).toBe(`cannot connect to https://a.example:443: ${code}`);
  });

  test('of a Unix socket that is not there is a refusal', () => {
    const error = foreign({ code: 'ENOENT', syscall: 'connect', address: '/run/a' });
    expect(classifyConnectError(error, unix, 5_000).message).toBe('unix:/run/a refused the connection: /run/a ENOENT');
  });

  test('names the limit when the system gave up first', () => {
    const error = foreign({ code: 'ETIMEDOUT', syscall: 'connect', address: '192.0.2.1' });
    expect(classifyConnectError(error, plain, 5_000).message).toContain('before the limit of 5000 ms');
  });
});

describe('several addresses', () => {
  const unreachable = foreign({ code: 'ENETUNREACH', syscall: 'connect', address: '2001:db8::1' });
  const late = foreign({ code: 'ETIMEDOUT', syscall: 'connect', address: '192.0.2.2' });

  test.each([
    { failures: [unreachable, refused('192.0.2.1'), late], code: 'SLUICE_CONNECT_REFUSED' },
    { failures: [unreachable, late], code: 'SLUICE_CONNECT_TIMEOUT' },
    { failures: [unreachable, unreachable], code: 'SLUICE_CONNECT_FAILED' },
  ])('are $code by the one that got furthest', ({ failures, code }) => {
    for (const address of [plain, secure]) {
      expect(classifyConnectError(new AggregateError(failures), address, 5_000)).toMatchObject({ code });
    }
  });

  test('are all named', () => {
    const error = new AggregateError([unreachable, refused('192.0.2.1')]);
    expect(classifyConnectError(error, plain, 5_000).message).toBe(
      'http://a.example:80 refused the connection: 2001:db8::1 ENETUNREACH, 192.0.2.1 ECONNREFUSED',
    );
  });
});

describe('a TLS error', () => {
  test('of OpenSSL is told by its reason and its code', () => {
    const error = foreign(
      { code: 'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION', reason: 'tlsv1 alert protocol version' },
      'C00C:error:0A00042E:SSL routines:ssl3_read_bytes:rec_layer_s3.c:918:\n',
    );
    expect(classifyConnectError(error, secure, 5_000)).toMatchObject({
      code: 'SLUICE_TLS_FAILED',
      retry: 'safe',
      message:
        'TLS with https://a.example:443 failed: tlsv1 alert protocol version (ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION)',
      cause: error,
    });
  });

  test.each([
    foreign({ code: 'SELF_SIGNED_CERT_IN_CHAIN' }),
    foreign({ code: 'ERR_TLS_CERT_ALTNAME_INVALID' }),
    foreign({ code: 'ECONNRESET' }, 'Client network socket disconnected before secure TLS connection was established'),
    foreign({ code: 'ECONNRESET', syscall: 'read' }),
    foreign({ code: 'EPIPE', syscall: 'write' }),
    new Error('without a code'),
  ])('is any error behind the TCP connection: %s', (error) => {
    expect(classifyConnectError(error, secure, 5_000)).toMatchObject({ code: 'SLUICE_TLS_FAILED' });
  });

  test('of an endpoint without TLS says so', () => {
    const error = foreign({ code: 'ERR_SSL_WRONG_VERSION_NUMBER', reason: 'wrong version number' });
    expect(classifyConnectError(error, secure, 5_000).message).toContain('the endpoint does not speak TLS');
  });
});

test('an error of ours stays as it is, and anything that was thrown becomes one', () => {
  const ours = coreError('SLUICE_NO_ENDPOINT', 'none');
  expect(classifyConnectError(ours, plain, 5_000)).toBe(ours);
  expect(classifyConnectError('text', plain, 5_000)).toMatchObject({ code: 'SLUICE_CONNECT_FAILED', cause: 'text' });
});
