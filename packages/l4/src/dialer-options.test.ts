import { OptionsError, systemClock } from '@sluice/core';
import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { DialGuard } from './dial-guard.ts';
import { resolveDialerOptions, type DialerOptions } from './dialer-options.ts';

const key = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  .privateKey.export({ type: 'pkcs8', format: 'pem' })
  .toString();

/** The paths and messages of everything that is wrong. */
function issuesOf(options: unknown): readonly string[] {
  try {
    resolveDialerOptions(options as DialerOptions);
  } catch (error) {
    if (error instanceof OptionsError) return error.issues.map(({ path, message }) => `${path} ${message}`);
    throw error;
  }
  return [];
}

test('the defaults verify, limit and keep alive', () => {
  expect(resolveDialerOptions({})).toEqual({
    connectTimeoutMs: 5_000,
    noDelay: true,
    keepAliveMs: 30_000,
    tls: {
      verifyTls: true,
      servername: undefined,
      choose: undefined,
      alpnProtocols: [],
      shared: { minVersion: 'TLSv1.2' },
      secureContext: undefined,
    },
    guard: expect.any(DialGuard),
    clock: systemClock,
  });
});

test('false means no limit and no keep-alive', () => {
  expect(resolveDialerOptions({ connectTimeoutMs: false, keepAliveMs: false })).toMatchObject({
    connectTimeoutMs: Infinity,
    keepAliveMs: Infinity,
  });
});

describe('wrong options', () => {
  test('are reported together, those of TLS too', () => {
    const issues = issuesOf({
      connectTimeoutMs: 0,
      keepAliveMs: 10,
      noDelay: 1,
      conectTimeoutMs: 5,
      tls: { verifyTls: 'no', minVersion: 'TLSv1.1', alpnProtocols: ['', 7], verify: true },
    });
    expect(new Set(issues.map((issue) => issue.split(' ')[0]))).toEqual(
      new Set([
        'connectTimeoutMs',
        'noDelay',
        'keepAliveMs',
        'tls.alpnProtocols[0]',
        'tls.alpnProtocols[1]',
        'tls.minVersion',
        'tls.verifyTls',
        'tls.verify',
        'conectTimeoutMs',
      ]),
    );
    expect(issues).toHaveLength(9);
  });

  test('name authorities that are no PEM, which OpenSSL would skip in silence', () => {
    expect(issuesOf({ tls: { ca: 'nonsense' } })).toEqual([
      expect.stringMatching(/^tls\.ca is no PEM that can be read: /),
    ]);
    expect(issuesOf({ tls: { ca: [7, Buffer.from('nonsense')] } })).toEqual([
      'tls.ca[0] must be PEM text or a Buffer of it, got 7',
      expect.stringMatching(/^tls\.ca\[1\] is no PEM/),
    ]);
  });

  test('name a certificate without its key, and a key without its certificate', () => {
    expect(issuesOf({ tls: { key } })).toEqual(['tls.cert is missing, and so is certFile']);
    expect(issuesOf({ tls: { cert: 'nonsense' } })).toEqual([
      'tls.key is missing, and so is keyFile',
      expect.stringMatching(/^tls\.cert is no PEM/),
    ]);
  });

  test('name a passphrase without a key, and files that are not there', () => {
    expect(issuesOf({ tls: { passphrase: 'x' } })).toEqual(['tls.passphrase opens nothing: there is no key']);
    expect(issuesOf({ tls: { caFile: '/no/ca.pem', keyFile: '/no/key.pem' } })).toEqual([
      expect.stringMatching(/^tls\.caFile can not be read: ENOENT/),
      'tls.cert is missing, and so is certFile',
      expect.stringMatching(/^tls\.keyFile can not be read: ENOENT/),
    ]);
  });

  test('never quote a key', () => {
    const secret = key.slice(40, 80);
    expect(issuesOf({ tls: { cert: key, key: key.slice(0, -40) } }).join()).not.toContain(secret);
  });
});
