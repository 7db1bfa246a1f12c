// One port for many protocols: each client gets to a server of its kind, by its first bytes or because it says nothing.

import { createServer as createHttpServer } from 'node:http';
import { connect as connectHttp2, createServer as createHttp2Server } from 'node:http2';
import type { AddressInfo, Server, Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { connect as connectTls } from 'node:tls';
import { createManualClock, createUpstream, type ManualClock, type Upstream } from '@sluice/core';
import { protocolRoutes, sniRoutes, type ProtocolRoutes } from '@sluice/l4';
import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { expectNoResourcesLeft } from '../support/active-resources.ts';
import { createCertificateAuthority } from '../support/certificates.ts';
import { connectRaw } from '../support/raw-client.ts';
import { startRawServer, startRawTlsServer } from '../support/raw-server.ts';
import { startTcpProxy, type StartedTcpProxy } from '../support/tcp-proxy.ts';

beforeEach(expectNoResourcesLeft);

const authority = createCertificateAuthority();

function upstreamAt(port: number): Upstream {
  const upstream = createUpstream({ endpoints: [`127.0.0.1:${port}`] });
  onTestFinished(() => upstream.close());
  return upstream;
}

/** A server that serves each connection so. */
async function startServer(serve: (socket: Socket) => void, tls = false): Promise<Upstream> {
  const server = await (tls ? startRawTlsServer(authority.issue(['tls.example'])) : startRawServer());
  void (async () => {
    for (;;) serve(await server.accept());
  })();
  return upstreamAt(server.port);
}

/** A server that waits for its client's first line, and answers it. */
function startAnswering(name: string): Promise<Upstream> {
  return startServer((socket) => socket.once('data', (chunk: Buffer) => socket.end(`${name} got ${String(chunk)}`)));
}

/** A server that speaks first. */
function startGreeting(banner: string): Promise<Upstream> {
  return startServer((socket) => {
    socket.write(`${banner}\r\n`);
    socket.once('data', (chunk: Buffer) => socket.end(`and you ${String(chunk)}`));
  });
}

async function listenHttp(server: Server): Promise<Upstream> {
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return upstreamAt((server.address() as AddressInfo).port);
}

interface Setup extends StartedTcpProxy {
  readonly clock: ManualClock;
  /** Lets the time pass that makes the clients silent that are connected now. */
  readonly silence: (clients: number) => Promise<void>;
}

/** A proxy whose time stands still. */
async function startProxy(routes: ProtocolRoutes): Promise<Setup> {
  const clock = createManualClock();
  const started = await startTcpProxy({ route: protocolRoutes(routes), sniff: { silenceMs: 2_000 }, clock });
  const silence = async (clients: number): Promise<void> => {
    await vi.waitUntil(() => started.proxy.stats().connectionsOpen === clients, { timeout: 10_000, interval: 2 });
    clock.advance(2_000);
  };
  return { ...started, clock, silence };
}

describe('one port', () => {
  test('serves TLS by name, HTTP/1, HTTP/2 and SSH', async () => {
    const http1 = await listenHttp(createHttpServer((_req, res) => res.setHeader('Connection', 'close').end('http/1')));
    const http2 = await listenHttp(createHttp2Server((_req, res) => res.end('http/2')));
    const ssh = await startAnswering('ssh');
    const tls = await startServer((socket) => void socket.end('tls'), true);
    const { port } = await startProxy({ http1, http2, ssh, tls: sniRoutes({ 'tls.example': tls }) });

    expect(await (await fetch(`http://127.0.0.1:${port}/`)).text()).toBe('http/1');
    const session = connectHttp2(`http://127.0.0.1:${port}`);
    expect(await text(session.request({ ':path': '/' }))).toBe('http/2');
    session.close();
    const client = await connectRaw(port);
    client.send('SSH-2.0-client\r\n');
    expect(await client.untilClosed()).toBe('ssh got SSH-2.0-client\r\n');
    const secure = connectTls({ port, host: '127.0.0.1', servername: 'tls.example', ca: authority.cert });
    expect(await text(secure)).toBe('tls');
  });

  test('serves silent clients by a server that speaks first, and talking ones at once', async () => {
    const mail = await startGreeting('220 mail.example ESMTP');
    const web = await startAnswering('web');
    const { port, silence } = await startProxy({ silent: mail, http1: web });
    const silent = await connectRaw(port);
    const talking = await connectRaw(port);
    talking.send('GET / HTTP/1.1\r\n');
    expect(await talking.untilClosed()).toBe('web got GET / HTTP/1.1\r\n');
    talking.socket.end();
    expect(silent.received).toBe('');
    await silence(1);
    await silent.until(/220 mail\.example ESMTP\r\n/);
    silent.send('EHLO me\r\n');
    expect(await silent.untilClosed()).toBe('220 mail.example ESMTP\r\nand you EHLO me\r\n');
  });

  test('serves a client that ends without a word and still waits for the banner', async () => {
    const mail = await startServer((socket) => void socket.end('220 mail.example\r\n'));
    const { port } = await startProxy({ silent: mail });
    const client = await connectRaw(port);
    client.socket.end();
    expect(await client.untilClosed()).toBe('220 mail.example\r\n');
  });

  test('keeps every byte that was looked at, however they came', async () => {
    const web = await startAnswering('web');
    const { port, proxy } = await startProxy({ http1: web });
    const client = await connectRaw(port);
    client.socket.setNoDelay(true);
    for (const byte of 'POST /long HTTP/1.1\r\n') {
      client.send(byte);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(await client.until(/^web got P/)).toMatch(/^web got P/);
    client.socket.end();
    await vi.waitUntil(() => proxy.stats().connectionsOpen === 0);
    expect(proxy.stats().bytesForward).toBe('POST /long HTTP/1.1\r\n'.length);
  });
});

describe('a client that nobody serves', () => {
  test.each([
    ['speaks an unknown protocol', '\u00ff\u00fe\u0000'],
    ['speaks a known one without a target', 'SSH-2.0-x\r\n'],
    ['has the name of a protocol only half', 'SS'],
    ['is silent', ''],
  ])('%s: refused without a default', async (_what, bytes) => {
    const web = await startAnswering('web');
    const { port, proxy, refused, silence } = await startProxy({ http1: web });
    const client = await connectRaw(port);
    client.send(bytes);
    if (bytes.length < 3) await silence(1);
    expect(await client.untilClosed()).toBe('');
    expect(proxy.stats().connectionsRefused).toEqual({ SLUICE_NO_ROUTE: 1 });
    expect(refused).toHaveLength(1);
  });

  test('speaks TLS that is none: it is refused, and what is TLS only in part is not taken for it', async () => {
    const web = await startAnswering('web');
    const { port, proxy } = await startProxy({ tls: sniRoutes({ 'tls.example': web }), unknown: web });
    const broken = await connectRaw(port);
    broken.send(Buffer.of(22, 3, 1, 0, 5, 1, 0, 0, 1, 3));
    expect(await broken.untilClosed()).toBe('');
    expect(proxy.stats().faults).toEqual({ SLUICE_CLIENT_HELLO_INVALID: { malformed: 1 } });
    const other = await connectRaw(port);
    other.send('\u0016\u0003\u0009');
    expect(await other.untilClosed()).toBe('web got \u0016\u0003\u0009');
  });

  test('leaves while its silence is awaited: nothing is dialled', async () => {
    const mail = await startGreeting('220');
    const { port, proxy, clock } = await startProxy({ silent: mail });
    const client = await connectRaw(port);
    await vi.waitUntil(() => proxy.stats().connectionsOpen === 1);
    client.socket.resetAndDestroy();
    await vi.waitUntil(() => proxy.stats().connectionsOpen === 0);
    clock.advance(2_000);
    expect(proxy.stats()).toMatchObject({ connectionsRefused: { SLUICE_CLIENT_LEFT: 1 }, sessionsEnded: { error: 0 } });
    expect(mail.stats()).toMatchObject({ endpoints: [{ acquired: 0 }] });
  });
});
