// Certificates that a function of the user's knows: what it is asked for, how long its answers are kept, and what becomes of handshakes meanwhile.

import { createManualClock } from '@sluice/core';
import type { CertificateFor, TlsContextsOptions } from '@sluice/l4';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { expectNoResourcesLeft } from '../support/active-resources.ts';
import { createCertificateAuthority } from '../support/certificates.ts';
import { listenTls, visit } from '../support/tls-listener.ts';

beforeEach(expectNoResourcesLeft);

const authority = createCertificateAuthority();
const fallback = authority.issue(['default.example']);
const tenants = new Map(['a.example', 'b.example'].map((name) => [name, authority.issue([name])]));
const client = { ca: authority.cert, checkServerIdentity: () => undefined };

async function listen(certificateFor: CertificateFor, options: Partial<TlsContextsOptions> = {}) {
  const ask = vi.fn<CertificateFor>(certificateFor);
  const listener = await listenTls({ ...fallback, certificateFor: ask, ...options });
  const served = async (servername: string): Promise<string | undefined> =>
    (await visit(listener.port, { ...client, servername })).served;
  return { ...listener, ask, served };
}

describe.each([
  ['at once', (name: string) => tenants.get(name)],
  [
    'later',
    async (name: string) =>
      new Promise<ReturnType<typeof tenants.get>>((resolve) => setImmediate(() => resolve(tenants.get(name)))),
  ],
])('a function that answers %s', (_when, certificateFor) => {
  test('is asked once for each name that is in no other certificate', async () => {
    const known = authority.issue(['known.example']);
    const { ask, served } = await listen(certificateFor, { certificates: [known] });
    expect(await served('A.example')).toBe('a.example');
    expect(await served('a.example')).toBe('a.example');
    expect(await served('b.example')).toBe('b.example');
    expect(await served('known.example')).toBe('known.example');
    expect(await served('c.example')).toBe('default.example');
    expect(await served('c.example')).toBe('default.example');
    expect(await served('')).toBe('default.example');
    expect(ask.mock.calls).toEqual([['a.example'], ['b.example'], ['c.example']]);
  });

  test('is enough', async () => {
    const listener = await listenTls({ certificateFor });
    expect((await visit(listener.port, { ...client, servername: 'a.example' })).served).toBe('a.example');
    await expect(visit(listener.port, { ...client, servername: 'c.example' })).rejects.toThrow(/handshake failure/);
  });
});

test('an old certificate is served while another is asked for, and on when that fails', async () => {
  const clock = createManualClock();
  const renewed = authority.issue(['renewed.example']);
  const answers: (() => ReturnType<CertificateFor>)[] = [
    () => tenants.get('a.example'),
    () => Promise.reject(new Error('no database')),
    () => renewed,
  ];
  const { ask, served } = await listen(async () => answers.shift()?.(), {
    clock,
    certificateLookup: { maxAgeMs: 1_000, maxMissAgeMs: 100 },
  });
  expect(await served('a.example')).toBe('a.example');
  clock.advance(1_000);
  expect(await served('a.example')).toBe('a.example');
  expect(ask).toHaveBeenCalledTimes(2);
  clock.advance(100);
  expect(await served('a.example')).toBe('a.example');
  expect(await served('a.example')).toBe('renewed.example');
  expect(ask).toHaveBeenCalledTimes(3);
});

test('a failure fails the handshake, and says why', async () => {
  const { tls, refused, served } = await listen(() => Promise.reject(new Error('no database')));
  const onFailed = vi.fn<(event: { error: Error }) => void>();
  tls.on('handshake-failed', onFailed);
  await expect(served('a.example')).rejects.toThrow(/disconnected|ECONNRESET|hang up/);
  await vi.waitFor(() => expect(refused).toEqual(['SLUICE_CERTIFICATE_UNAVAILABLE']));
  expect(tls.stats().handshakesFailed).toEqual({ 'no-certificate': 1 });
  expect(onFailed.mock.calls[0]?.[0].error.message).toBe(
    'the TLS handshake failed: the certificate of "a.example" can not be had: no database',
  );
});

test('a function that takes too long fails the handshake in time, also when its answer comes later', async () => {
  const clock = createManualClock();
  let answer = (_certificate: undefined): void => {};
  const { tls, ask, served } = await listen(() => new Promise((resolve) => (answer = resolve)), {
    clock,
    handshakeTimeoutMs: 1_000,
  });
  const failure = served('a.example').catch((error: Error) => error.message);
  await vi.waitFor(() => expect(ask).toHaveBeenCalledOnce());
  clock.advance(1_000);
  expect(await failure).toMatch(/disconnected|ECONNRESET|hang up/);
  answer(undefined);
  await vi.waitFor(() => expect(tls.stats()).toMatchObject({ handshakesOpen: 0, handshakesFailed: { late: 1 } }));
});

test('a name that is no host name never gets there: it might be taken for a part of a path', async () => {
  const { ask, served } = await listen(() => undefined);
  for (const name of [
    '../../etc/passwd',
    'a/b',
    '*.example',
    'a..example',
    'a b',
    '%2e',
    `${'a'.repeat(64)}.example`,
  ]) {
    expect(await served(name)).toBe('default.example');
  }
  expect(ask).not.toHaveBeenCalled();
});
