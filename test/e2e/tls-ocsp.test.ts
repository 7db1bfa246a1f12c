// OCSP responses that come with the handshake: fetched when a client asks, kept as long as they are good, and left out rather than given wrong.

import { createManualClock } from '@sluice/core';
import { createTlsContexts, type FetchOcspStaple, type TlsContextsOptions } from '@sluice/l4';
import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { expectNoResourcesLeft } from '../support/active-resources.ts';
import { createCertificateAuthority } from '../support/certificates.ts';
import { createOcspResponse } from '../support/ocsp-responses.ts';
import { listenTls, visit } from '../support/tls-listener.ts';

beforeEach(expectNoResourcesLeft);

const authority = createCertificateAuthority();
const ca = authority.cert;
const a = authority.issue(['a.example']);
const b = authority.issue(['b.example']);
const asking = { ca, requestOCSP: true };
const dayMs = 86_400_000;

async function listen(ocspStaple: FetchOcspStaple, options: Partial<TlsContextsOptions> = {}) {
  const fetch = vi.fn<FetchOcspStaple>(ocspStaple);
  const clock = createManualClock(Date.now());
  const tls = createTlsContexts({ ...a, certificates: [b], clock, ocspStaple: fetch, ...options });
  onTestFinished(() => tls.close());
  const failed = vi.fn<(event: { fingerprint256: string; error: unknown }) => void>();
  tls.on('ocsp-staple-failed', failed);
  const { port } = await listenTls(tls);
  const ask = async (servername = 'a.example'): Promise<string | undefined> =>
    (await visit(port, { ...asking, servername })).staple;
  return { port, tls, clock, fetch, failed, ask };
}

describe('a response', () => {
  test('is fetched for the certificate that is served, and given to everybody who asks', async () => {
    const responses = [await createOcspResponse(authority, a, { days: 7 }), await createOcspResponse(authority, b)];
    const { port, ask, fetch } = await listen(
      ({ certificate }) => responses[certificate.checkHost('a.example') ? 0 : 1],
    );
    expect([await ask(), await ask('b.example'), await ask()]).toEqual(
      [0, 1, 0].map((index) => responses[index]?.toString('latin1')),
    );
    expect(fetch).toHaveBeenCalledTimes(2);
    expect((await visit(port, { ca, servername: 'a.example' })).staple).toBeUndefined();
  });

  test('comes with the issuer when that is in the chain', async () => {
    const { ask, fetch } = await listen(() => undefined, { cert: a.cert + ca });
    expect(await ask()).toBeUndefined();
    expect(fetch.mock.calls[0]?.[0].issuer?.subject).toBe('CN=Test Authority');
  });

  test('is fetched again at half of its time, and meanwhile given out', async () => {
    const responses = [
      await createOcspResponse(authority, a, { days: 4 }),
      await createOcspResponse(authority, a, { days: 8 }),
    ];
    let index = 0;
    const { clock, ask, fetch } = await listen(() => responses[index++]);
    const first = await ask();
    clock.advance(2 * dayMs - 60_000);
    expect(await ask()).toBe(first);
    expect(fetch).toHaveBeenCalledOnce();
    clock.advance(120_000);
    expect(await ask()).toBe(first);
    expect(fetch).toHaveBeenCalledTimes(2);
    expect(await ask()).toBe(responses[1]?.toString('latin1'));
  });

  test('is given until it expires when there is no other, and not longer', async () => {
    const response = await createOcspResponse(authority, a, { days: 4 });
    const answers: (() => Buffer)[] = [() => response];
    const { clock, ask, failed } = await listen(() => {
      const answer = answers.shift();
      if (answer === undefined) throw new Error('the responder is down');
      return answer();
    });
    const first = await ask();
    expect(first).toBe(response.toString('latin1'));
    clock.advance(3 * dayMs);
    expect(await ask()).toBe(first);
    await vi.waitFor(() => expect(failed).toHaveBeenCalledOnce());
    clock.advance(dayMs);
    expect(await ask()).toBeUndefined();
    expect(failed).toHaveBeenCalledTimes(2);
  });
});

describe('the handshake goes on without a response', () => {
  test.each<[string, () => Promise<Uint8Array>, RegExp]>([
    ['that says revoked', () => createOcspResponse(authority, a, { status: 'revoked' }), /is revoked/],
    ['that says unknown', () => createOcspResponse(authority, a, { status: 'unknown' }), /is unknown/],
    ['for another certificate', () => createOcspResponse(authority, b), /for another certificate/],
    ['that is an error', async () => Buffer.from('30030a0106', 'hex'), /answered with status 6/],
    ['that is none', async () => Buffer.from('<html>'), /no OCSP response/],
    ['that can not be fetched', () => Promise.reject(new Error('no route')), /no route/],
  ])('%s', async (_what, fetched, reason) => {
    const { ask, fetch, failed, clock, tls } = await listen(fetched);
    expect([await ask(), await ask()]).toEqual([undefined, undefined]);
    expect(fetch).toHaveBeenCalledOnce();
    expect(failed).toHaveBeenCalledOnce();
    expect(String(failed.mock.calls[0]?.[0].error)).toMatch(reason);
    expect(failed.mock.calls[0]?.[0].fingerprint256).toBe(tls.certificates()[0]?.fingerprint256);
    clock.advance(60_000);
    await ask();
    expect(fetch).toHaveBeenCalledTimes(2);
  });

  test('that has expired', async () => {
    const response = await createOcspResponse(authority, a, { days: 1 });
    const { ask, clock, failed } = await listen(() => response);
    clock.advance(2 * dayMs);
    expect(await ask()).toBeUndefined();
    expect(String(failed.mock.calls[0]?.[0].error)).toMatch(/has expired/);
  });

  test('that does not come in time', async () => {
    const { ask, clock, fetch } = await listen(() => new Promise(() => {}));
    const asking1 = ask();
    await vi.waitFor(() => expect(fetch).toHaveBeenCalledOnce());
    clock.advance(2_000);
    expect(await asking1).toBeUndefined();
  });
});
