// What createTlsContexts refuses, and why: everything that is wrong at once, before the first client comes.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { OptionsError } from '@sluice/core';
import { createTlsContexts, type TlsContextsOptions } from '@sluice/l4';
import { afterAll, describe, expect, test } from 'vitest';
import { createCertificateAuthority } from '../support/certificates.ts';

const authority = createCertificateAuthority();
const a = authority.issue(['a.example', '*.a.example', '192.0.2.1']);
const b = authority.issue(['b.example']);

const folder = mkdtempSync(join(tmpdir(), 'sluice-'));
const certFile = join(folder, 'cert.pem');
const keyFile = join(folder, 'key.pem');
writeFileSync(certFile, a.cert + authority.cert);
writeFileSync(keyFile, a.key);
afterAll(() => rmSync(folder, { recursive: true }));

/** The names of the certificates that are served; the default one has a mark. */
function namesOf(options: TlsContextsOptions): readonly string[] {
  return createTlsContexts(options)
    .certificates()
    .map(({ names, isDefault }) => names.join() + (isDefault ? '!' : ''));
}

/** The paths and messages of everything that is wrong. */
function issuesOf(options: unknown): readonly string[] {
  try {
    createTlsContexts(options as TlsContextsOptions);
  } catch (error) {
    if (error instanceof OptionsError) return error.issues.map(({ path, message }) => `${path} ${message}`);
    throw error;
  }
  return [];
}

describe('certificates', () => {
  test('have the names of their owner, or those in them that a client can ask for', () => {
    expect(namesOf({ ...a, certificates: [{ ...b, names: ['C.example.', 'bücher.example'] }] })).toEqual([
      'a.example,*.a.example!',
      'c.example,xn--bcher-kva.example',
    ]);
  });

  test('come from files', () => {
    expect(namesOf({ certFile, keyFile })).toEqual(['a.example,*.a.example!']);
    expect(namesOf({ certFile, key: a.key })).toEqual(['a.example,*.a.example!']);
  });

  test('the first is the default one, unless there is another, or none is wanted', () => {
    expect(namesOf({ certificates: [b, a] })).toEqual(['b.example!', 'a.example,*.a.example']);
    expect(namesOf({ ...a, certificates: [b] })).toEqual(['a.example,*.a.example!', 'b.example']);
    expect(namesOf({ ...a, unknownNames: 'refuse' })).toEqual(['a.example,*.a.example']);
  });

  test('that can not be used are named with what is wrong', () => {
    const nameless = authority.issue(['192.0.2.1']);
    expect(issuesOf({})).toEqual(['cert is missing, and so is certFile', 'key is missing, and so is keyFile']);
    expect(issuesOf({ cert: a.cert })).toEqual(['key is missing, and so is keyFile']);
    expect(issuesOf({ ...a, certFile })).toEqual(['certFile is one too many: there is cert']);
    expect(issuesOf({ ...a, key: b.key })).toEqual([
      expect.stringMatching(/^key is not the key of the certificate for .*a\.example/),
    ]);
    expect(issuesOf({ certFile: '/no.pem', keyFile })).toEqual([
      expect.stringMatching(/^certFile can not be read: ENOENT/),
    ]);
    expect(issuesOf({ cert: 'nonsense', key: 7 })).toEqual([
      'key must be PEM text or a Buffer of it, got 7',
      expect.stringMatching(/^cert is no PEM that can be read: /),
    ]);
    expect(issuesOf({ certificates: [b, a, { ...a, names: ['a b', '*.*', 7] }, nameless] })).toEqual([
      'certificates[2].names[0] must be a host name, or *. and one, got "a b" (string)',
      'certificates[2].names[1] must be a host name, or *. and one, got "*.*" (string)',
      'certificates[2].names[2] must be a host name, or *. and one, got 7',
      'certificates[2].names is missing: the certificate has no names of its own',
      'certificates[3].names is missing: the certificate has no names of its own',
    ]);
    expect(issuesOf({ ...a, certificates: [b, a] })).toEqual([
      'certificates[1] is for a.example, as one before it: say with names which is for what',
    ]);
  });

  test('never get a key into a message', () => {
    const issues = issuesOf({ cert: a.key, key: a.key.slice(0, -40) });
    expect(issues).toHaveLength(2);
    expect(issues.join()).not.toContain(a.key.slice(40, 80));
  });
});

describe('certificates of clients', () => {
  test('that nobody vouches for are a mistake', () => {
    expect(issuesOf({ ...a, clientCertificates: {} })).toEqual([
      'clientCertificates.ca is missing, and so is caFile: nobody vouches for clients',
    ]);
    expect(issuesOf({ ...a, clientCertificates: { ca: 'x', crl: 'y' } })).toEqual([
      expect.stringMatching(/^clientCertificates\.ca is no PEM/),
      expect.stringMatching(/^clientCertificates\.crl is no PEM/),
    ]);
  });
});

test('everything else that is wrong is reported at once', () => {
  const wrong = {
    alpnProtocols: [''],
    minVersion: 'TLSv1.1',
    ciphers: 'NO-SUCH',
    handshakeTimeoutMs: 0,
    hosts: [],
    clock: 5,
  };
  const paths = issuesOf({ ...a, ...wrong }).map((issue) => issue.split(' ')[0]);
  expect(new Set(paths)).toEqual(
    new Set(['alpnProtocols[0]', 'minVersion', 'ciphers', 'handshakeTimeoutMs', 'hosts', 'clock']),
  );
});
