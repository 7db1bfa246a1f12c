import { createManualClock } from '@sluice/core';
import { expect, test, vi } from 'vitest';
import { CertificateLookup, certificateLookupDefaults, type CertificateFor } from './certificate-lookup.ts';

const clock = createManualClock();
const noFile = (): never => {
  throw new Error('no file');
};

/** A lookup for a function that knows no name, or fails. That certificates are read right needs certificates: test/e2e. */
function lookup(certificateFor: CertificateFor, limits: Partial<typeof certificateLookupDefaults> = {}) {
  const ask = vi.fn<CertificateFor>(certificateFor);
  const home = { certificateFor: ask, shared: {}, source: { readFile: noFile, known: new Map() }, clock };
  return { ask, lookup: new CertificateLookup(home, { ...certificateLookupDefaults, ...limits }) };
}

test('a name that has none is asked for once in a while', async () => {
  const { ask, lookup: names } = lookup(() => undefined, { maxMissAgeMs: 100 });
  expect(await names.find('a.example')).toBeUndefined();
  clock.advance(99);
  expect(names.find('a.example')).toBeUndefined();
  expect(ask).toHaveBeenCalledOnce();
  clock.advance(1);
  await names.find('a.example');
  expect(ask).toHaveBeenCalledTimes(2);
});

test('handshakes for one name wait for one call', async () => {
  let answer = (_none: undefined): void => {};
  const { ask, lookup: names } = lookup(() => new Promise((resolve) => (answer = resolve)));
  const both = Promise.all([names.find('a.example'), names.find('a.example')]);
  answer(undefined);
  expect(await both).toEqual([undefined, undefined]);
  expect(ask).toHaveBeenCalledOnce();
});

test('names that nobody has are forgotten when there are too many', async () => {
  const { ask, lookup: names } = lookup(() => undefined, { maxEntries: 2 });
  for (const name of ['a', 'b', 'c', 'c', 'b', 'a']) await names.find(name);
  expect(ask.mock.calls.flat()).toEqual(['a', 'b', 'c', 'a']);
});

test('too many calls at a time are refused, and counted again when they are over', async () => {
  let answer = (_none: undefined): void => {};
  const { lookup: names } = lookup(() => new Promise((resolve) => (answer = resolve)), { maxLookups: 1 });
  const first = names.find('a.example');
  await expect(names.find('b.example')).rejects.toMatchObject({ code: 'SLUICE_CERTIFICATE_UNAVAILABLE' });
  answer(undefined);
  await first;
  const second = names.find('b.example');
  answer(undefined);
  expect(await second).toBeUndefined();
});

test.each<[string, CertificateFor]>([
  ['throws', () => noFile()],
  ['rejects', () => Promise.reject(new Error('no database'))],
  ['gives what is no certificate', () => ({ cert: 'x', key: 'y' })],
  ['gives what is nothing at all', () => 7 as never],
])('a function that %s fails the handshake, and is asked again', async (_what, certificateFor) => {
  const { ask, lookup: names } = lookup(certificateFor);
  for (let round = 1; round <= 2; round++) {
    await expect(names.find('a.example')).rejects.toMatchObject({
      code: 'SLUICE_CERTIFICATE_UNAVAILABLE',
      fault: 'no-certificate',
      source: 'proxy',
    });
    expect(ask).toHaveBeenCalledTimes(round);
  }
});

test('a function that does not answer is given up in time', async () => {
  const { lookup: names } = lookup(() => new Promise(() => {}), { lookupTimeoutMs: 100 });
  const finding = names.find('a.example');
  clock.advance(100);
  await expect(finding).rejects.toThrow(/no answer within 100 ms/);
  expect(clock.pendingTimers).toBe(0);
});
