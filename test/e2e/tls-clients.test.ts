// TLS that ends here, with clients that are not Node: openssl and curl.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createProxy, createResponse } from '@sluice/http';
import { createTlsContexts, type TlsContextsOptions } from '@sluice/l4';
import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { expectNoResourcesLeft } from '../support/active-resources.ts';
import { createCertificateAuthority } from '../support/certificates.ts';
import { createProgramFolder, requireProgram, runProgram } from '../support/debian-program.ts';
import { createOcspResponse } from '../support/ocsp-responses.ts';
import { listenTls } from '../support/tls-listener.ts';

beforeEach(expectNoResourcesLeft);

const authority = createCertificateAuthority();
const clients = createCertificateAuthority('Clients');
const a = authority.issue(['a.example', '*.b.example']);
const alice = clients.issue(['alice.example']);

function createFiles(): (name: string) => string {
  const folder = createProgramFolder({ 'ca.pem': authority.cert, 'alice.pem': alice.cert, 'alice.key': alice.key });
  return (name) => path.join(folder, name);
}

async function listen(options: TlsContextsOptions) {
  const tls = createTlsContexts(options);
  onTestFinished(() => tls.close());
  return listenTls(tls, { endsAtOnce: true });
}

describe('openssl', () => {
  /** Connects, and resolves to everything that s_client has to say; also when it fails, as it does with a refusal. */
  async function connect(port: number, parameters: readonly string[]): Promise<string> {
    const file = createFiles();
    const target = ['-connect', `127.0.0.1:${port}`, '-servername', 'a.example', '-CAfile', file('ca.pem'), '-ign_eof'];
    return runProgram('openssl', ['s_client', ...target, ...parameters]).catch(
      (error: { stdout: string; stderr: string }) => error.stdout + error.stderr,
    );
  }

  test('verifies the certificate, and agrees on a protocol', async () => {
    const { port } = await listen({ ...a, alpnProtocols: ['h2', 'http/1.1'] });
    const output = await connect(port, [
      '-verify_return_error',
      '-verify_hostname',
      'x.b.example',
      '-alpn',
      'http/1.1,h2',
    ]);
    expect(output).toContain('Verify return code: 0 (ok)');
    expect(output).toContain('ALPN protocol: h2');
  });

  test('is refused with a protocol that is not spoken', async () => {
    const { port, tls } = await listen({ ...a, alpnProtocols: ['h2'] });
    expect(await connect(port, ['-alpn', 'h9'])).toContain('alert no application protocol');
    expect(tls.stats().handshakesFailed).toEqual({ alpn: 1 });
  });

  test('resumes its session each time it reconnects', async () => {
    const { port, tls } = await listen(a);
    const output = await connect(port, ['-tls1_2', '-reconnect']);
    expect(output.match(/^Reused, TLSv1\.2/gm)).toHaveLength(5);
    await vi.waitFor(() => expect(tls.stats()).toMatchObject({ handshakesDone: 6, sessionsResumed: 5 }));
  });

  test.each(['-tls1_2', '-tls1_3'])(
    'resumes its session at another listener with the same secret: %s',
    async (version) => {
      const sessionTickets = { secret: 'a secret of 32 characters, at least.' };
      const [one, two] = [await listen({ ...a, sessionTickets }), await listen({ ...a, sessionTickets })];
      const file = path.join(createProgramFolder(), 'session.pem');
      expect(await connect(one.port, [version, '-sess_out', file])).toMatch(/^New, /m);
      expect(await connect(two.port, [version, '-sess_in', file])).toMatch(/^Reused, /m);
      expect(two.tls.stats()).toMatchObject({ handshakesDone: 1, sessionsResumed: 1 });
    },
  );

  test('sees the OCSP response', async () => {
    const response = await createOcspResponse(authority, a, { days: 1 });
    const { port } = await listen({ ...a, ocspStaple: () => response });
    const output = await connect(port, ['-status']);
    expect(output).toContain('OCSP Response Status: successful');
    expect(output).toContain('Cert Status: good');
  });

  test.each(['-tls1', '-tls1_1'])('is refused with an old version: %s', async (version) => {
    const { port, tls } = await listen(a);
    expect(await connect(port, [version, '-cipher', 'ALL:@SECLEVEL=0'])).toContain('alert protocol version');
    await vi.waitFor(() => expect(tls.stats().handshakesFailed).toEqual({ version: 1 }));
  });

  test('is refused with TLS 1.2 where 1.3 is the least', async () => {
    const { port, tls } = await listen({ ...a, minVersion: 'TLSv1.3' });
    expect(await connect(port, ['-tls1_2'])).toContain('alert protocol version');
    expect(await connect(port, ['-tls1_3'])).toContain('Verify return code: 0 (ok)');
    expect(tls.stats()).toMatchObject({ handshakesDone: 1, handshakesFailed: { version: 1 } });
  });

  test('is refused without a common cipher suite', async () => {
    const { port, tls } = await listen({ ...a, ciphers: 'ECDHE-ECDSA-AES256-GCM-SHA384' });
    expect(await connect(port, ['-tls1_2', '-cipher', 'ECDHE-ECDSA-AES128-GCM-SHA256'])).toContain('handshake failure');
    expect(tls.stats().handshakesFailed).toEqual({ parameters: 1 });
    expect(await connect(port, ['-tls1_2'])).toMatch(/^New, .*ECDHE-ECDSA-AES256-GCM-SHA384/m);
  });

  test('can not renegotiate', async () => {
    const tls = createTlsContexts(a);
    onTestFinished(() => tls.close());
    const { port } = await listenTls(tls);
    const target = ['-connect', `127.0.0.1:${port}`, '-tls1_2', '-CAfile', createFiles()('ca.pem')];
    const client = spawn(requireProgram('openssl'), ['s_client', ...target]);
    const ended = once(client, 'exit');
    onTestFinished(() => void client.kill());
    let output = '';
    for (const stream of [client.stdout, client.stderr])
      stream.on('data', (bytes: Buffer) => (output += bytes.toString()));
    await vi.waitFor(() => expect(output).toContain('"isResumed":false'));
    // s_client renegotiates for a line with an R.
    client.stdin.write('R\n');
    await vi.waitFor(() => expect(output).toContain('no renegotiation'));
    client.stdin.end();
    await ended;
  });
});

describe('curl', () => {
  async function startProxy(tls: TlsContextsOptions) {
    const proxy = createProxy({
      to: 'http://127.0.0.1:9',
      middleware: [({ connection }) => createResponse({ body: connection.tls?.client?.dnsNames.join() ?? 'nobody' })],
    });
    onTestFinished(() => proxy.close());
    return proxy.listen({ tls });
  }

  async function get(port: number, parameters: readonly string[] = []): Promise<string> {
    const file = createFiles();
    const names = ['a.example', 'x.b.example'].flatMap((name) => ['--resolve', `${name}:${port}:127.0.0.1`]);
    const identity = parameters.includes('alice') ? ['--cert', file('alice.pem'), '--key', file('alice.key')] : [];
    const urls = [`https://a.example:${port}/`, `https://x.b.example:${port}/`];
    return runProgram('curl', ['--silent', '--show-error', '--cacert', file('ca.pem'), ...names, ...identity, ...urls]);
  }

  test('asks for both names of a certificate', async () => {
    const { port } = await startProxy(a);
    expect(await get(port)).toBe('nobodynobody');
  });

  test('is known by its certificate, and refused without one', async () => {
    const { port, stats } = await startProxy({ ...a, clientCertificates: { ca: clients.cert } });
    expect(await get(port, ['alice'])).toBe('alice.examplealice.example');
    await expect(get(port)).rejects.toThrow(/certificate required|alert/);
    await vi.waitFor(() => expect(stats().tls?.handshakesFailed).toEqual({ 'client-certificate': 2 }));
  });
});
