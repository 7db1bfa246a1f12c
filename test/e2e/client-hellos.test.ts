// The ClientHellos that real clients send are read right: OpenSSL's, that of this machine and the one inside node.

import { parseClientHello, type ClientHello } from '@sluice/l4';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer, type ConnectionOptions } from 'node:tls';
import { describe, expect, onTestFinished, test } from 'vitest';
import { describeMissing } from '../../bench/tools.ts';
import { createCertificateAuthority } from '../support/certificates.ts';
import { largeHello } from '../support/large-hello.ts';
import { startRawServer } from '../support/raw-server.ts';

interface Captured {
  readonly bytes: Buffer;
  readonly hello: ClientHello;
}

/** What a client sends first. It is hung up on then. */
async function capture(start: (port: number) => void): Promise<Captured> {
  const server = await startRawServer();
  start(server.port);
  const socket = await server.accept();
  let bytes = Buffer.alloc(0);
  for await (const chunk of socket) {
    bytes = Buffer.concat([bytes, chunk as Buffer]);
    const hello = parseClientHello(bytes);
    if (hello !== undefined) return { bytes, hello };
  }
  throw new Error('the client has ended before its hello was there');
}

function captureNode(options: ConnectionOptions = {}): Promise<Captured> {
  return capture((port) => {
    const socket = connect({ port, host: '127.0.0.1', ...options }).on('error', () => {});
    onTestFinished(() => void socket.destroy());
  });
}

function captureOpenssl(...options: readonly string[]): Promise<Captured> {
  return capture((port) => {
    const missing = describeMissing(['openssl']);
    if (missing !== undefined) throw new Error(missing);
    const client = spawn('openssl', ['s_client', '-connect', `127.0.0.1:${port}`, ...options], { stdio: 'ignore' });
    onTestFinished(() => void client.kill());
  });
}

describe('node', () => {
  test('without a name: an address is never sent as one', async () => {
    const { hello } = await captureNode();
    expect(hello).toEqual({
      serverName: undefined,
      alpnProtocols: [],
      tlsVersions: ['TLSv1.3', 'TLSv1.2'],
      hasEch: false,
    });
  });

  test('with a name and protocols', async () => {
    const { hello } = await captureNode({ servername: 'Shop.Example', ALPNProtocols: ['h2', 'http/1.1'] });
    expect(hello).toMatchObject({ serverName: 'shop.example', alpnProtocols: ['h2', 'http/1.1'] });
  });

  test('TLS 1.2 only', async () => {
    const { hello } = await captureNode({ servername: 'a.example', maxVersion: 'TLSv1.2' });
    expect(hello).toMatchObject({ serverName: 'a.example', tlsVersions: ['TLSv1.2'] });
  });

  test('of several KiB', async () => {
    const { bytes, hello } = await captureNode({ servername: 'a.example', ...largeHello });
    expect(bytes.length).toBeGreaterThan(2_500);
    expect(hello.serverName).toBe('a.example');
  });

  test('a session that is resumed', async () => {
    const authority = createCertificateAuthority();
    const server = createServer(authority.issue(['a.example']), (socket) => void socket.end('hello'));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => void server.close());
    const { port } = server.address() as { readonly port: number };
    const first = connect({ port, host: '127.0.0.1', servername: 'a.example', ca: authority.cert });
    const [session] = (await once(first.resume(), 'session')) as [Buffer];
    await once(first, 'close');
    const fresh = await captureNode({ servername: 'a.example' });
    const resumed = await captureNode({ servername: 'a.example', session });
    expect(resumed.bytes.length).toBeGreaterThan(fresh.bytes.length);
    expect(resumed.hello).toEqual(fresh.hello);
  });
});

describe('openssl s_client', () => {
  test('with a name', async () => {
    const { hello } = await captureOpenssl('-servername', 'shop.example');
    expect(hello).toMatchObject({ serverName: 'shop.example', alpnProtocols: [] });
    expect(hello.tlsVersions).toContain('TLSv1.3');
  });

  test('without a name', async () => {
    const { hello } = await captureOpenssl('-noservername');
    expect(hello.serverName).toBeUndefined();
  });

  test('with protocols', async () => {
    const { hello } = await captureOpenssl('-servername', 'shop.example', '-alpn', 'h2,acme-tls/1');
    expect(hello.alpnProtocols).toEqual(['h2', 'acme-tls/1']);
  });

  test('TLS 1.2 only', async () => {
    const { hello } = await captureOpenssl('-tls1_2', '-servername', 'shop.example');
    expect(hello).toMatchObject({ serverName: 'shop.example', tlsVersions: ['TLSv1.2'] });
  });

  test('in several records', async () => {
    const protocols = Array.from({ length: 90 }, (_, index) => `protocol-${index}`);
    const { bytes, hello } = await captureOpenssl(
      '-max_send_frag',
      '512',
      '-servername',
      'shop.example',
      '-alpn',
      protocols.join(),
    );
    expect(bytes.readUInt16BE(3)).toBe(512);
    expect(hello).toMatchObject({ serverName: 'shop.example', alpnProtocols: protocols });
  });
});

test('what a real client sends is read the same wherever it is cut, and is incomplete until its last byte', async () => {
  const { bytes, hello } = await captureNode({ servername: 'shop.example', ALPNProtocols: ['h2'] });
  for (let end = 0; end < bytes.length; end++) expect(parseClientHello(bytes.subarray(0, end))).toBeUndefined();
  expect(parseClientHello(bytes)).toEqual(hello);
});
