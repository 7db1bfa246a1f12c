// The TCP proxy ends TLS: what goes through, what routes know, whom it refuses, and TLS on both sides.

import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls';
import { acceptProxyProtocol, createTlsContexts, formatProxyHeader, protocolRoutes, sniRoutes } from '@sluice/l4';
import { createUpstream } from '@sluice/core';
import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { expectNoResourcesLeft } from '../support/active-resources.ts';
import { createCertificateAuthority } from '../support/certificates.ts';
import { logBytes } from '../support/byte-log.ts';
import { connectRaw } from '../support/raw-client.ts';
import { startRawServer, startRawTlsServer } from '../support/raw-server.ts';
import { startTcpProxy } from '../support/tcp-proxy.ts';

beforeEach(expectNoResourcesLeft);

const authority = createCertificateAuthority();
const ca = authority.cert;
const a = authority.issue(['a.example', 'b.example']);

async function enter(port: number, options: ConnectionOptions = {}): Promise<TLSSocket> {
  const socket = connect({ host: '127.0.0.1', port, ca, servername: 'a.example', ...options });
  onTestFinished(() => void socket.destroy());
  await once(socket, 'secureConnect');
  socket.on('error', () => {});
  return socket;
}

/** An endpoint that says its name to everyone. */
async function startGreeter(name: string): Promise<string> {
  const server = await startRawServer();
  const greet = async (): Promise<void> => {
    for (;;) (await server.accept()).end(name);
  };
  void greet();
  return `127.0.0.1:${server.port}`;
}

test('bytes and ends go both ways, and the endpoint sees plain text', async () => {
  const origin = await startRawServer();
  const { port } = await startTcpProxy({ to: `127.0.0.1:${origin.port}`, tls: a });
  const client = await enter(port);
  client.end('question');
  const served = await origin.accept();
  expect(await logBytes(served).untilClosed()).toBe('question');
  served.end('answer');
  expect(await text(client)).toBe('answer');
});

test('TLS ends on one side and begins again on the other', async () => {
  const origin = await startRawTlsServer(authority.issue(['origin.example']));
  const { port } = await startTcpProxy({
    to: `https://127.0.0.1:${origin.port}`,
    tls: a,
    dialer: { tls: { ca, servername: 'origin.example' } },
  });
  const client = await enter(port);
  client.end('question');
  const served = await origin.accept();
  expect(served.servername).toBe('origin.example');
  expect(await logBytes(served).untilClosed()).toBe('question');
  served.end('answer');
  expect(await text(client)).toBe('answer');
});

describe.each(['TLSv1.2', 'TLSv1.3'] as const)('over %s', (maxVersion) => {
  test('routes know the name that was asked for, also when a session is resumed', async () => {
    const one = createUpstream({ endpoints: [await startGreeter('one')] });
    const two = createUpstream({ endpoints: [await startGreeter('two')] });
    onTestFinished(() => Promise.all([one.close(), two.close()]).then(() => {}));
    const { port } = await startTcpProxy({ route: sniRoutes({ 'a.example': one, 'b.example': two }), tls: a });
    for (const [servername, greeting] of [
      ['a.example', 'one'],
      ['b.example', 'two'],
    ] as const) {
      let session: Buffer | undefined;
      const first = connect({ host: '127.0.0.1', port, ca, servername, maxVersion });
      first.on('session', (ticket: Buffer) => (session = ticket));
      expect(await text(first)).toBe(greeting);
      const again = await enter(port, { servername, maxVersion, ...(session && { session }) });
      expect(again.isSessionReused()).toBe(true);
      expect(await text(again)).toBe(greeting);
    }
  });
});

test('the protocol is told by what TLS has hidden', async () => {
  const web = createUpstream({ endpoints: [await startGreeter('web')] });
  const ssh = createUpstream({ endpoints: [await startGreeter('ssh')] });
  onTestFinished(() => Promise.all([web.close(), ssh.close()]).then(() => {}));
  const { port } = await startTcpProxy({ route: protocolRoutes({ http1: web, ssh }), tls: a });
  for (const [bytes, greeting] of [
    ['GET / HTTP/1.1\r\n', 'web'],
    ['SSH-2.0-x\r\n', 'ssh'],
  ] as const) {
    const client = await enter(port);
    client.write(bytes);
    expect(await text(client)).toBe(greeting);
  }
});

test('routes know who the client has proved to be, and who a PROXY header says it is', async () => {
  const clients = createCertificateAuthority('Clients');
  const seen: unknown[] = [];
  const { port } = await startTcpProxy({
    to: await startGreeter('hello'),
    route: ({ tls, remoteAddress }) => {
      seen.push([remoteAddress, tls?.client?.verified, tls?.client?.dnsNames]);
      return undefined;
    },
    preludes: [acceptProxyProtocol({ trustedSenders: ['loopback'] })],
    tls: { ...a, clientCertificates: { ca: clients.cert } },
  });
  const { socket } = await connectRaw(port);
  const source = { address: '192.0.2.1', port: 1000 };
  const destination = { address: '192.0.2.9', port: 443 };
  socket.write(formatProxyHeader({ version: 2, command: 'proxy', transport: 'tcp4', source, destination }));
  expect(await text(await enter(port, { socket, ...clients.issue(['alice.example']) }))).toBe('hello');
  expect(seen).toEqual([['192.0.2.1', true, ['alice.example']]]);
});

test('who is refused is told and counted, and no endpoint is dialled', async () => {
  const origin = await startRawServer();
  const { proxy, port, refused } = await startTcpProxy({ to: `127.0.0.1:${origin.port}`, tls: a });
  const client = await connectRaw(port);
  client.send('GET / HTTP/1.1\r\n\r\n');
  await client.untilClosed();
  await vi.waitFor(() => expect(refused).toHaveLength(1));
  expect(refused[0]?.error).toMatchObject({ code: 'SLUICE_HANDSHAKE_FAILED', fault: 'not-tls' });
  expect(proxy.stats()).toMatchObject({ faults: { SLUICE_HANDSHAKE_FAILED: { 'not-tls': 1 } } });
  expect(origin.waiting).toBe(0);
});

test('closing during handshakes leaves nothing', async () => {
  const tls = createTlsContexts(a);
  onTestFinished(() => tls.close());
  const { proxy, port } = await startTcpProxy({ to: '127.0.0.1:9', tls });
  const clients = await Promise.all([connectRaw(port), connectRaw(port)]);
  await vi.waitFor(() => expect(tls.stats().handshakesOpen).toBe(2));
  await proxy.close();
  for (const client of clients) expect(await client.untilClosed()).toBe('');
  expect(tls.stats()).toMatchObject({ handshakesOpen: 0, handshakesDone: 0 });
});
