// Certificates in files: read again when asked or from time to time, and only taken when they can be used.

import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createManualClock, type OptionsError } from '@sluice/core';
import { createTlsContexts, type CertificateInfo, type TlsContextsOptions } from '@sluice/l4';
import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { expectNoResourcesLeft } from '../support/active-resources.ts';
import { createCertificateAuthority, type Certificate } from '../support/certificates.ts';
import { enter, listenTls, visit } from '../support/tls-listener.ts';

beforeEach(expectNoResourcesLeft);

const authority = createCertificateAuthority();
const ca = authority.cert;
const a = authority.issue(['a.example']);
const renewed = authority.issue(['a.example', 'www.a.example']);

/** A certificate and its key in files. */
function createFiles(certificate: Certificate) {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const certFile = join(folder, 'cert.pem');
  const keyFile = join(folder, 'key.pem');
  const write = ({ cert, key }: Partial<Certificate>): void => {
    for (const [file, contents] of [
      [certFile, cert],
      [keyFile, key],
    ] as const) {
      if (contents === undefined) continue;
      writeFileSync(`${file}.new`, contents);
      renameSync(`${file}.new`, file);
    }
  };
  write(certificate);
  return { certFile, keyFile, write };
}

function create(options: TlsContextsOptions) {
  const tls = createTlsContexts(options);
  onTestFinished(() => tls.close());
  const replaced = vi.fn<(event: { certificates: readonly CertificateInfo[] }) => void>();
  const failed = vi.fn<(event: { error: unknown }) => void>();
  tls.on('certificates-replaced', replaced);
  tls.on('reload-failed', failed);
  return { tls, replaced, failed, names: () => tls.certificates().flatMap(({ names }) => names) };
}

describe('reloading', () => {
  test('serves what is in the files now, and leaves open connections alone', async () => {
    const { write, ...files } = createFiles(a);
    const { tls, replaced } = create(files);
    const { port } = await listenTls(tls);
    const open = await enter(port, { ca, servername: 'a.example' });
    write(renewed);
    expect(await tls.reload()).toBe(true);
    const { served, socket } = await enter(port, { ca, servername: 'www.a.example' });
    expect(served).toBe('a.example');
    expect(socket.authorized).toBe(true);
    expect(open.socket.destroyed).toBe(false);
    expect(replaced.mock.calls[0]?.[0].certificates).toMatchObject([
      { names: ['a.example', 'www.a.example'], isDefault: true },
    ]);
  });

  test('does nothing when nothing has changed, or there are no files', async () => {
    const { write, ...files } = createFiles(a);
    const { tls, replaced } = create(files);
    write(a);
    expect(await tls.reload()).toBe(false);
    expect(await create(a).tls.reload()).toBe(false);
    expect(replaced).not.toHaveBeenCalled();
  });

  test('keeps what is served until all files fit together', async () => {
    const { write, ...files } = createFiles(a);
    const { tls, failed, names } = create(files);
    write({ cert: renewed.cert });
    const failure = (await tls.reload().catch((error: unknown) => error)) as OptionsError;
    expect(failure.issues).toMatchObject([{ path: 'keyFile' }]);
    expect(failed).toHaveBeenCalledExactlyOnceWith({ error: failure });
    expect(names()).toEqual(['a.example']);
    write({ key: renewed.key });
    expect(await tls.reload()).toBe(true);
    expect(names()).toEqual(['a.example', 'www.a.example']);
  });

  test('keeps what is served when a file is gone', async () => {
    const { certFile, keyFile } = createFiles(a);
    const { tls, names } = create({ certFile, keyFile });
    rmSync(keyFile);
    await expect(tls.reload()).rejects.toThrow(/keyFile can not be read: ENOENT/);
    expect(names()).toEqual(['a.example']);
    expect((await visit((await listenTls(tls)).port, { ca, servername: 'a.example' })).served).toBe('a.example');
  });

  test('reads the authorities of clients again, and sessions of before are over', async () => {
    const clients = createCertificateAuthority('Clients');
    const { certFile: caFile, write } = createFiles(clients);
    const { tls } = create({ ...a, clientCertificates: { caFile } });
    const { port } = await listenTls(tls);
    const client = { ca, servername: 'a.example', ...clients.issue(['alice.example']) };
    const { ticket } = await visit(port, client);
    write(createCertificateAuthority('Others'));
    expect(await tls.reload()).toBe(true);
    await expect(visit(port, { ...client, ...(ticket && { session: ticket }) })).rejects.toThrow(
      /alert|without a word|hang up|ECONNRESET|disconnected/,
    );
  });

  test('does not undo what was put in place meanwhile', async () => {
    const { write, ...files } = createFiles(a);
    const { tls, names } = create(files);
    write(renewed);
    const reloading = tls.reload();
    tls.replace(authority.issue(['b.example']));
    expect(await reloading).toBe(false);
    expect(names()).toEqual(['b.example']);
  });
});

test('files are read again from time to time, until it is over', async () => {
  const { write, ...files } = createFiles(a);
  const clock = createManualClock();
  const { tls, names, failed } = create({ ...files, clock, reloadIntervalMs: 60_000 });
  write({ cert: renewed.cert });
  clock.advance(60_000);
  await vi.waitFor(() => expect(failed).toHaveBeenCalledOnce());
  write({ key: renewed.key });
  await vi.waitFor(() => {
    clock.advance(60_000);
    expect(names()).toEqual(['a.example', 'www.a.example']);
  });
  tls.close();
  expect(clock.pendingTimers).toBe(0);
});

test('who listens is told of certificates that expire soon', async () => {
  const clock = createManualClock(Date.now());
  const { tls } = create({
    ...a,
    clock,
    certificates: [{ ...renewed, names: ['www.a.example'] }],
    expiryNoticeMs: 48 * 3_600_000,
  });
  const noticed = vi.fn<(event: { certificate: CertificateInfo }) => void>();
  tls.on('expiry-noticed', noticed);
  await Promise.resolve();
  expect(noticed.mock.calls.map(([{ certificate }]) => certificate.names)).toEqual([['a.example'], ['www.a.example']]);
});
