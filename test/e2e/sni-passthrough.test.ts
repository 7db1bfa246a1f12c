// TLS goes through to the endpoint that its client asks for by name, and nothing is decrypted on the way: the certificate that the client
// sees is the endpoint's, and so is the protocol.

import { execFile } from 'node:child_process';
import { connect, type ConnectionOptions, type TlsOptions } from 'node:tls';
import { promisify } from 'node:util';
import { createUpstream, type Upstream } from '@sluice/core';
import { alpnRoutes, createTlsContexts, inspectFirstBytes, protocolRoutes, sniRoutes } from '@sluice/l4';
import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { expectNoResourcesLeft } from '../support/active-resources.ts';
import { logBytes } from '../support/byte-log.ts';
import { createCertificateAuthority } from '../support/certificates.ts';
import { requireProgram, startNginx } from '../support/debian-program.ts';
import { connectRaw } from '../support/raw-client.ts';
import { largeHello } from '../support/large-hello.ts';
import { startRawServer, startRawTlsServer } from '../support/raw-server.ts';
import { startTcpProxy } from '../support/tcp-proxy.ts';

beforeEach(expectNoResourcesLeft);

const authority = createCertificateAuthority();

/** A TLS server that says who it is, and the upstream that has it. */
async function startEndpoint(name: string, options: TlsOptions = {}): Promise<Upstream> {
  const server = await startRawTlsServer({ ...authority.issue([name]), ...options });
  void (async () => {
    for (;;) (await server.accept()).end(`hello from ${name}`);
  })();
  const upstream = createUpstream({ name, endpoints: [`127.0.0.1:${server.port}`] });
  onTestFinished(() => upstream.close());
  return upstream;
}

interface Visit {
  readonly certificate: string;
  readonly protocol: string | false | null;
  readonly text: string;
}

/** What a client sees that trusts the authority, and checks that the certificate is that of the name which it has asked for. */
function visit(port: number, options: ConnectionOptions): Promise<Visit> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', ca: authority.cert, ...options });
    onTestFinished(() => void socket.destroy());
    let text = '';
    let certificate = '';
    socket.on('secureConnect', () => (certificate = String(socket.getPeerCertificate().subject.CN)));
    socket.on('data', (chunk: Buffer) => (text += String(chunk)));
    socket.on('error', reject);
    socket.on('end', () => resolve({ certificate, protocol: socket.alpnProtocol, text }));
  });
}

const anyCertificate = { checkServerIdentity: () => undefined };

describe('a name', () => {
  test('leads to its endpoint, whose certificate the client sees', async () => {
    const shop = await startEndpoint('shop.example');
    const blog = await startEndpoint('blog.example');
    const { proxy, port } = await startTcpProxy({ route: sniRoutes({ 'shop.example': shop, 'Blog.Example.': blog }) });
    for (const name of ['shop.example', 'blog.example'])
      expect(await visit(port, { servername: name })).toMatchObject({ certificate: name, text: `hello from ${name}` });
    await vi.waitFor(() => expect(proxy.stats().sessionsEnded['both-ended']).toBe(2));
  });

  test('below a wildcard leads to the longest one; all others to the default', async () => {
    const exact = await startEndpoint('a.tenants.example');
    const tenants = await startEndpoint('*.tenants.example');
    const fallback = await startEndpoint('default.example');
    const route = sniRoutes({ 'a.tenants.example': exact, '*.tenants.example': tenants }, { default: fallback });
    const { port } = await startTcpProxy({ route });
    expect(await visit(port, { servername: 'a.tenants.example' })).toMatchObject({ certificate: 'a.tenants.example' });
    expect(await visit(port, { servername: 'b.tenants.example' })).toMatchObject({ certificate: '*.tenants.example' });
    for (const servername of ['tenants.example', 'other.example'])
      expect(await visit(port, { servername, ...anyCertificate })).toMatchObject({ certificate: 'default.example' });
  });

  test('that is missing leads to the default', async () => {
    const fallback = await startEndpoint('default.example');
    const { port } = await startTcpProxy({ route: sniRoutes({ 'shop.example': fallback }, { default: fallback }) });
    expect(await visit(port, anyCertificate)).toMatchObject({ certificate: 'default.example' });
  });

  test('that nobody has is refused without a default', async () => {
    const shop = await startEndpoint('shop.example');
    const { proxy, port, refused } = await startTcpProxy({ route: sniRoutes({ 'shop.example': shop }) });
    await expect(visit(port, { servername: 'other.example' })).rejects.toBeInstanceOf(Error);
    await vi.waitFor(() => expect(proxy.stats().connectionsRefused).toEqual({ SLUICE_NO_ROUTE: 1 }));
    expect(refused[0]?.connection).toMatchObject({
      protocol: 'tls',
      clientHello: { serverName: 'other.example', tlsVersions: ['TLSv1.3', 'TLSv1.2'] },
    });
  });

  test('in a TLS 1.2 hello, and in one of several KiB, is read as well', async () => {
    const shop = await startEndpoint('shop.example');
    const { port } = await startTcpProxy({ route: sniRoutes({ 'shop.example': shop }) });
    const clients: readonly ConnectionOptions[] = [{ maxVersion: 'TLSv1.2' }, largeHello];
    for (const options of clients)
      expect(await visit(port, { servername: 'shop.example', ...options })).toMatchObject({
        certificate: 'shop.example',
      });
  });
});

test('protocols lead to an endpoint of their own, and are agreed on with it', async () => {
  const web = await startEndpoint('shop.example', { ALPNProtocols: ['h2', 'http/1.1'] });
  const certificates = await startEndpoint('shop.example', { ALPNProtocols: ['acme-tls/1'] });
  const route = sniRoutes({ 'shop.example': alpnRoutes({ 'acme-tls/1': certificates }, { default: web }) });
  const { port } = await startTcpProxy({ route });
  const servername = 'shop.example';
  expect(await visit(port, { servername, ALPNProtocols: ['acme-tls/1'] })).toMatchObject({ protocol: 'acme-tls/1' });
  expect(await visit(port, { servername, ALPNProtocols: ['h2', 'http/1.1'] })).toMatchObject({ protocol: 'h2' });
  expect(await visit(port, { servername })).toMatchObject({ protocol: false });
});

test('the name serves a route of the user and the balancer alike', async () => {
  const shop = await startEndpoint('shop.example');
  const { port } = await startTcpProxy({
    clientHello: { maxHelloBytes: 8_192, helloTimeoutMs: 5_000 },
    route: ({ clientHello }) => (clientHello?.serverName === 'shop.example' ? shop : undefined),
    hashKey: ({ clientHello }) => clientHello?.serverName,
  });
  expect(await visit(port, { servername: 'shop.example' })).toMatchObject({ certificate: 'shop.example' });
});

test('TLS ends here for some names and goes through for others, on one port', async () => {
  const shop = await startEndpoint('shop.example');
  const plain = await startRawServer();
  const inside = createUpstream({ endpoints: [`127.0.0.1:${plain.port}`] });
  onTestFinished(() => inside.close());
  const tls = createTlsContexts({ certificates: [authority.issue(['ours.example'])] });
  const { port } = await startTcpProxy({
    preludes: [
      inspectFirstBytes({ clientHello: true }),
      (socket, connection, cancellation) =>
        connection.clientHello?.serverName === 'ours.example'
          ? tls.terminate(socket, connection, cancellation)
          : socket,
    ],
    route: sniRoutes({ 'shop.example': shop, 'ours.example': inside }),
  });
  expect(await visit(port, { servername: 'shop.example' })).toMatchObject({ certificate: 'shop.example' });
  const ours = visit(port, { servername: 'ours.example' });
  (await plain.accept()).end('hello in clear text');
  expect(await ours).toMatchObject({ certificate: 'ours.example', text: 'hello in clear text' });
});

test('behind an end of TLS, the name of its session and the protocol inside lead on', async () => {
  const web = await startRawServer();
  const upstream = createUpstream({ endpoints: [`127.0.0.1:${web.port}`] });
  onTestFinished(() => upstream.close());
  const tls = createTlsContexts({ certificates: [authority.issue(['a.example'])] });
  const { port } = await startTcpProxy({
    preludes: [tls.terminate],
    route: protocolRoutes({ http1: sniRoutes({ 'a.example': upstream }) }),
  });
  const client = connect({ port, host: '127.0.0.1', servername: 'a.example', ca: authority.cert });
  onTestFinished(() => void client.destroy());
  client.write('GET / HTTP/1.1\r\n\r\n');
  const served = logBytes(await web.accept());
  expect(await served.until(/\r\n\r\n/)).toBe('GET / HTTP/1.1\r\n\r\n');
});

test('nginx ends TLS behind the proxy, and openssl s_client sees its certificate', async () => {
  const { cert, key } = authority.issue(['nginx.example']);
  const nginxPort = await startNginx(
    (
      port,
      folder,
    ) => `server { listen 127.0.0.1:${port} ssl; ssl_certificate ${folder}/cert; ssl_certificate_key ${folder}/key;
      location / { default_type text/plain; return 200 "nginx for $ssl_server_name"; } }`,
    { cert, key },
  );
  const nginx = createUpstream({ endpoints: [`127.0.0.1:${nginxPort}`] });
  onTestFinished(() => nginx.close());
  const other = await startEndpoint('other.example');
  const { port } = await startTcpProxy({ route: sniRoutes({ '*.example': other, 'nginx.example': nginx }) });
  const parameters = [
    's_client',
    '-connect',
    `127.0.0.1:${port}`,
    '-servername',
    'nginx.example',
    '-quiet',
    '-no_ign_eof',
  ];
  const client = promisify(execFile)(requireProgram('openssl'), parameters);
  client.child.stdin?.write('GET / HTTP/1.0\r\n\r\n');
  const { stdout, stderr } = await client;
  expect(stdout).toContain('nginx for nginx.example');
  expect(stderr).toContain('CN = nginx.example');
});

describe('a client that is no TLS client', () => {
  test.each([
    ['speaks HTTP', 'GET / HTTP/1.1\r\n\r\n', 'not-tls'],
    ['sends garbage', Buffer.of(22, 3, 1, 0, 4, 2, 0, 0, 0), 'not-a-hello'],
    ['speaks SSL 2.0', Buffer.of(0x80, 0x2e, 1, 0, 2), 'sslv2'],
    ['claims too much', Buffer.of(22, 3, 1, 0x40, 0, 1, 0xff, 0xff, 0xff), 'too-large'],
  ])('%s is closed, and counted by its fault', async (_what, bytes, fault) => {
    const shop = await startEndpoint('shop.example');
    const { proxy, port, refused } = await startTcpProxy({ route: sniRoutes({}, { default: shop }) });
    const client = await connectRaw(port);
    client.send(bytes);
    expect(await client.untilClosed()).toBe('');
    const { connectionsRefused, faults } = proxy.stats();
    expect(connectionsRefused).toEqual({ SLUICE_CLIENT_HELLO_INVALID: 1 });
    expect(faults).toEqual({ SLUICE_CLIENT_HELLO_INVALID: { [fault]: 1 } });
    expect(refused).toMatchObject([{ error: { code: 'SLUICE_CLIENT_HELLO_INVALID', fault } }]);
    expect(shop.stats()).toMatchObject({ inFlight: 0, endpoints: [{ acquired: 0 }] });
  });

  test('is too slow: it is closed when its time is over', async () => {
    const shop = await startEndpoint('shop.example');
    const route = sniRoutes({}, { default: shop });
    const { proxy, port } = await startTcpProxy({ route, clientHello: { helloTimeoutMs: 30 } });
    const client = await connectRaw(port);
    client.send(Buffer.of(22, 3, 1, 2, 0, 1));
    expect(await client.untilClosed()).toBe('');
    expect(proxy.stats().faults).toEqual({ SLUICE_CLIENT_HELLO_INVALID: { late: 1 } });
  });

  test('leaves in the middle of its hello: nothing is dialled, and nothing is left', async () => {
    const origin = await startRawServer();
    const route = sniRoutes({}, { default: createUpstream({ endpoints: [`127.0.0.1:${origin.port}`] }) });
    const { proxy, port } = await startTcpProxy({ route });
    for (const leave of ['end', 'reset'] as const) {
      const client = await connectRaw(port);
      client.send(Buffer.of(22, 3, 1, 2, 0, 1));
      await vi.waitUntil(() => proxy.stats().connectionsOpen === 1);
      if (leave === 'end') client.socket.end();
      else client.socket.resetAndDestroy();
      await vi.waitUntil(() => proxy.stats().connectionsOpen === 0);
    }
    // On Node 22, a reset behind bytes that nobody has read yet reads as an end (docs/notes/sockets.md).
    const { connectionsRefused, faults } = proxy.stats();
    const { SLUICE_CLIENT_HELLO_INVALID: cut = 0, SLUICE_CLIENT_LEFT: left = 0 } = connectionsRefused;
    expect([cut, cut + left]).toEqual([expect.toSatisfy((count: number) => count >= 1), 2]);
    expect(faults).toEqual({ SLUICE_CLIENT_HELLO_INVALID: { cut } });
    expect(origin.waiting).toBe(0);
  });

  test('is in the middle of its hello when the proxy is closed', async () => {
    const shop = await startEndpoint('shop.example');
    const { proxy, port } = await startTcpProxy({ route: sniRoutes({}, { default: shop }) });
    const client = await connectRaw(port);
    client.send(Buffer.of(22, 3, 1, 2, 0, 1));
    await vi.waitUntil(() => proxy.stats().connectionsOpen === 1);
    await proxy.close();
    expect(await client.untilClosed()).toBe('');
    expect(proxy.stats().connectionsRefused).toEqual({ SLUICE_SHUTTING_DOWN: 1 });
  });
});
