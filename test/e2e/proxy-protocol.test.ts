// PROXY headers with real sockets: read in front of connections, and written in front of what endpoints get.

import { once } from 'node:events';
import type { Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import {
  acceptProxyProtocol,
  createTlsContexts,
  formatProxyHeader,
  parseProxyHeader,
  type AcceptProxyProtocolOptions,
  type Prelude,
  type ProxyHeader,
} from '@sluice/l4';
import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { expectNoResourcesLeft } from '../support/active-resources.ts';
import { logBytes } from '../support/byte-log.ts';
import { createCertificateAuthority } from '../support/certificates.ts';
import { createCountingClock } from '../support/counting-clock.ts';
import { connectRaw } from '../support/raw-client.ts';
import { createSocketPath, startRawServer, startRawTlsServer, type RawServer } from '../support/raw-server.ts';
import { startTcpProxy } from '../support/tcp-proxy.ts';

beforeEach(expectNoResourcesLeft);

const line = 'PROXY TCP4 192.0.2.1 192.0.2.9 50000 443\r\n';
const ends = { source: { address: '192.0.2.1', port: 50_000 }, destination: { address: '192.0.2.9', port: 443 } };
const authority = createCertificateAuthority();
const identity = authority.issue(['localhost', '127.0.0.1', 'a.example']);

function accept(options: Partial<AcceptProxyProtocolOptions> = {}): Prelude {
  return acceptProxyProtocol({ trustedSenders: ['loopback'], clock: createCountingClock(), ...options });
}

/** What an endpoint gets, with the header in front of it taken off. */
async function readBehindHeader(socket: Socket): Promise<{ readonly header: ProxyHeader; readonly text: string }> {
  let bytes = Buffer.alloc(0);
  socket.on('data', (chunk: Buffer) => (bytes = Buffer.concat([bytes, chunk])));
  await once(socket, 'end');
  const parsed = parseProxyHeader(bytes);
  if (parsed === undefined) throw new Error(`no whole header: ${bytes.toString('latin1')}`);
  return { header: parsed.header, text: bytes.toString('latin1', parsed.bytesRead) };
}

function startEndpoint(): Promise<RawServer> {
  return startRawServer();
}

describe('a header in front of a connection', () => {
  test("names the client for routes, hashing and events, and the rest is the endpoint's", async () => {
    const endpoint = await startEndpoint();
    const keys: string[] = [];
    const { proxy, port } = await startTcpProxy({
      to: `127.0.0.1:${endpoint.port}`,
      preludes: [accept()],
      hashKey: ({ remoteAddress }) => {
        keys.push(remoteAddress);
        return remoteAddress;
      },
    });
    const closed = new Promise((resolve) => proxy.on('session-closed', resolve));
    const client = await connectRaw(port);
    client.send(`${line}hello`);
    const served = logBytes(await endpoint.accept());
    await served.until(/^hello$/);
    client.socket.end();
    served.socket.end('bye');
    expect(await client.untilClosed()).toBe('bye');
    expect(keys).toEqual(['192.0.2.1']);
    expect(await closed).toMatchObject({
      connection: { remoteAddress: '192.0.2.1', remotePort: 50_000, localAddress: '192.0.2.9', localPort: 443 },
      bytesForward: 5,
    });
  });

  test('counts its client, and not its sender, against the limit per address', async () => {
    const endpoint = await startEndpoint();
    const { proxy, port } = await startTcpProxy({
      to: `127.0.0.1:${endpoint.port}`,
      preludes: [accept()],
      limits: { maxConnectionsPerAddress: 1 },
      deny: ['203.0.113.0/24'],
    });
    const first = await connectRaw(port);
    first.send(line);
    await endpoint.accept();
    const second = await connectRaw(port);
    second.send(line);
    expect(await second.untilClosed()).toBe('');
    const other = await connectRaw(port);
    other.send(line.replace('192.0.2.1', '192.0.2.2'));
    await endpoint.accept();
    const denied = await connectRaw(port);
    denied.send(line.replace('192.0.2.1', '203.0.113.7'));
    expect(await denied.untilClosed()).toBe('');
    expect(proxy.stats().connectionsRefused).toEqual({ SLUICE_CONNECTIONS_PER_ADDRESS: 1, SLUICE_CLIENT_DENIED: 1 });
  });

  test('is waited for while an endpoint that speaks first stays silent', async () => {
    const endpoint = await startEndpoint();
    const { port } = await startTcpProxy({ to: `127.0.0.1:${endpoint.port}`, preludes: [accept()] });
    const client = await connectRaw(port);
    for (const byte of line.slice(0, -1)) client.send(byte);
    expect(endpoint.waiting).toBe(0);
    client.send('\n');
    (await endpoint.accept()).end('220 ready');
    expect(await client.untilClosed()).toBe('220 ready');
  });

  test('goes before TLS that ends here', async () => {
    const endpoint = await startEndpoint();
    const tls = createTlsContexts(identity);
    const { proxy, port } = await startTcpProxy({
      to: `127.0.0.1:${endpoint.port}`,
      preludes: [accept(), tls.terminate],
    });
    const opened = new Promise((resolve) => proxy.on('session-opened', resolve));
    const plain = (await connectRaw(port)).socket;
    plain.removeAllListeners('data').pause();
    plain.write(line);
    const secure = connectTls({ socket: plain, servername: 'a.example', ca: authority.cert });
    secure.on('error', () => {}).write('secret');
    const served = logBytes(await endpoint.accept());
    await served.until(/^secret$/);
    expect(await opened).toMatchObject({
      connection: { remoteAddress: '192.0.2.1', tls: { serverName: 'a.example' }, proxyHeader: { version: 1 } },
    });
    secure.destroy();
  });

  test('is read from a Unix socket, by name', async () => {
    const endpoint = await startEndpoint();
    const path = createSocketPath();
    const { proxy } = await startTcpProxy(
      { to: `127.0.0.1:${endpoint.port}`, preludes: [accept({ trustedSenders: ['unix'] })] },
      { path },
    );
    const opened = new Promise((resolve) => proxy.on('session-opened', resolve));
    const client = await connectRaw(path);
    client.send(line);
    await endpoint.accept();
    expect(await opened).toMatchObject({ connection: { remoteAddress: '192.0.2.1' } });
  });

  test('ends with the proxy when it has not come', async () => {
    const endpoint = await startEndpoint();
    const { proxy, port } = await startTcpProxy({ to: `127.0.0.1:${endpoint.port}`, preludes: [accept()] });
    const client = await connectRaw(port);
    client.send('PROXY TCP4 ');
    await vi.waitUntil(() => proxy.stats().connectionsOpen === 1, { interval: 5 });
    await proxy.close();
    await client.untilClosed();
    expect(endpoint.waiting).toBe(0);
  });

  test('is given up at once when its sender leaves', async () => {
    const endpoint = await startEndpoint();
    const { proxy, port, refused } = await startTcpProxy({ to: `127.0.0.1:${endpoint.port}`, preludes: [accept()] });
    const client = await connectRaw(port);
    client.send('PROXY TCP4 ');
    client.socket.resetAndDestroy();
    await vi.waitUntil(() => refused.length === 1, { interval: 5 });
    expect(proxy.stats().connectionsOpen).toBe(0);
  });

  test('that is refused closes the connection, is told with its fault, and reaches no endpoint', async () => {
    const endpoint = await startEndpoint();
    const { proxy, port, refused } = await startTcpProxy({ to: `127.0.0.1:${endpoint.port}`, preludes: [accept()] });
    const client = await connectRaw(port);
    client.send('PROXY TCP4 1.2.3.4 5.6.7.8 99999 1\r\n');
    expect(await client.untilClosed()).toBe('');
    expect(refused).toMatchObject([{ error: { code: 'SLUICE_PROXY_HEADER_INVALID', fault: 'port' } }]);
    expect(proxy.stats().connectionsRefused).toEqual({ SLUICE_PROXY_HEADER_INVALID: 1 });
    expect(endpoint.waiting).toBe(0);
  });
});

describe('a header in front of what endpoints get', () => {
  test.each([1, 2] as const)('names the client, in version %d', async (version) => {
    const endpoint = await startEndpoint();
    const { port } = await startTcpProxy({ to: `127.0.0.1:${endpoint.port}`, sendProxyProtocol: version });
    const client = await connectRaw(port);
    const { localPort: clientPort } = client.socket;
    client.socket.end('hello');
    const socket = await endpoint.accept();
    const { header, text } = await readBehindHeader(socket);
    socket.end();
    expect(text).toBe('hello');
    expect(header).toMatchObject({
      version,
      command: 'proxy',
      transport: 'tcp4',
      source: { address: '127.0.0.1', port: clientPort },
      destination: { address: '127.0.0.1', port },
    });
  });

  test('comes before the client has said anything', async () => {
    const endpoint = await startEndpoint();
    const { port } = await startTcpProxy({ to: `127.0.0.1:${endpoint.port}`, sendProxyProtocol: 1 });
    const client = await connectRaw(port);
    const served = logBytes(await endpoint.accept());
    await served.until(/^PROXY TCP4 127\.0\.0\.1 127\.0\.0\.1 \d+ \d+\r\n$/);
    served.socket.end('220 ready');
    expect(await client.untilClosed()).toBe('220 ready');
  });

  test('passes on what a header in front said, values included', async () => {
    const endpoint = await startEndpoint();
    const { port } = await startTcpProxy({
      to: `127.0.0.1:${endpoint.port}`,
      preludes: [accept()],
      sendProxyProtocol: {
        authority: true,
        alpn: true,
        tls: true,
        checksum: true,
        values: ({ proxyHeader }) => ({ uniqueId: proxyHeader?.uniqueId }),
      },
    });
    const tls = {
      encrypted: true,
      certificateOnConnection: true,
      certificateInSession: true,
      verifyResult: 0,
      version: 'TLSv1.3',
      commonName: 'client',
      cipher: undefined,
      signatureAlgorithm: undefined,
      keyAlgorithm: undefined,
      others: undefined,
    };
    const header: ProxyHeader = {
      version: 2,
      command: 'proxy',
      transport: 'tcp4',
      ...ends,
      authority: 'a.example',
      alpn: 'h2',
      uniqueId: Buffer.from('id'),
      tls,
    };
    const client = await connectRaw(port);
    client.send(formatProxyHeader(header));
    client.socket.end('hello');
    const socket = await endpoint.accept();
    const passedOn = await readBehindHeader(socket);
    socket.end();
    expect(passedOn).toEqual({ header, text: 'hello' });
  });

  test('tells about TLS that ended here, and the certificate of the client', async () => {
    const endpoint = await startEndpoint();
    const clients = createCertificateAuthority('Clients');
    const tls = createTlsContexts({
      ...identity,
      alpnProtocols: ['h2', 'http/1.1'],
      clientCertificates: { mode: 'request', ca: clients.cert },
    });
    const { port } = await startTcpProxy({
      to: `127.0.0.1:${endpoint.port}`,
      preludes: [tls.terminate],
      sendProxyProtocol: { authority: true, alpn: true, tls: true },
    });
    const send = async (own: object): Promise<ProxyHeader> => {
      const client = connectTls({
        port,
        host: '127.0.0.1',
        servername: 'a.example',
        ca: authority.cert,
        ALPNProtocols: ['http/1.1'],
        ...own,
      });
      onTestFinished(() => void client.destroy());
      client.on('error', () => {}).end('hello');
      const socket = await endpoint.accept();
      const { header, text } = await readBehindHeader(socket);
      socket.end();
      expect(text).toBe('hello');
      return header;
    };
    expect(await send(clients.issue(['client one']))).toMatchObject({
      authority: 'a.example',
      alpn: 'http/1.1',
      tls: {
        encrypted: true,
        certificateOnConnection: true,
        verifyResult: 0,
        version: 'TLSv1.3',
        commonName: 'client one',
        cipher: expect.stringMatching(/^TLS_AES_/) as string,
      },
    });
    const stranger = createCertificateAuthority('Strangers').issue(['client two']);
    expect((await send(stranger)).tls).toMatchObject({ certificateOnConnection: true, verifyResult: 1 });
    expect((await send({})).tls).toMatchObject({ certificateInSession: false, verifyResult: 1 });
  });

  test('goes to the endpoint that can be connected, once', async () => {
    const dead = await startRawServer();
    await dead.close();
    const endpoint = await startEndpoint();
    const { port, proxy } = await startTcpProxy({
      to: [`127.0.0.1:${dead.port}`, `127.0.0.1:${endpoint.port}`],
      sendProxyProtocol: 2,
    });
    for (let count = 0; count < 4; count++) {
      const client = await connectRaw(port);
      client.socket.end('hello');
      const socket = await endpoint.accept();
      const { text } = await readBehindHeader(socket);
      socket.end();
      expect(text).toBe('hello');
    }
    expect(proxy.stats().connectsFailed).toBeGreaterThan(0);
  });

  test('names a client on a Unix socket as one without an address', async () => {
    const endpoint = await startEndpoint();
    const path = createSocketPath();
    await startTcpProxy({ to: `127.0.0.1:${endpoint.port}`, sendProxyProtocol: 2 }, { path });
    const client = await connectRaw(path);
    client.socket.end('hello');
    const socket = await endpoint.accept();
    const { header } = await readBehindHeader(socket);
    socket.end();
    expect(header).toMatchObject({ transport: 'unix-stream', source: { address: '' } });
  });

  test('goes in front of TLS with the endpoint, behind which bytes flow both ways, slowly too', async () => {
    const endpoint = await startRawServer();
    const secureEndpoint = await startRawTlsServer(identity);
    const { port } = await startTcpProxy({
      to: `https://127.0.0.1:${endpoint.port}`,
      dialer: { tls: { ca: authority.cert } },
      sendProxyProtocol: 1,
    });
    const client = await connectRaw(port);
    client.socket.write('hello');
    // What the endpoint gets goes on to a TLS server when the header is off.
    const front = await endpoint.accept();
    const header = await new Promise<string>((resolve) => {
      front.once('data', (chunk: Buffer) => {
        front.pause();
        const end = chunk.indexOf('\r\n') + 2;
        front.unshift(chunk.subarray(end));
        resolve(chunk.toString('latin1', 0, end));
      });
    });
    expect(header).toMatch(/^PROXY TCP4 127\.0\.0\.1 127\.0\.0\.1 \d+ \d+\r\n$/);
    const behind = await relayTo(front, secureEndpoint);
    const served = logBytes(behind);
    await served.until(/^hello$/);
    client.socket.pause();
    const flood = Buffer.alloc(3_000_000, 'x');
    served.socket.end(flood);
    await vi.waitUntil(() => client.socket.readableLength > 0 || client.received.length > 0, { interval: 5 });
    client.socket.resume();
    expect((await client.untilClosed()).length).toBe(flood.length);
    client.socket.end();
  });

  test('whose values can not be made closes the connection before an endpoint is asked', async () => {
    const endpoint = await startEndpoint();
    const { proxy, port } = await startTcpProxy({
      to: `127.0.0.1:${endpoint.port}`,
      preludes: [accept()],
      sendProxyProtocol: {
        values: () => {
          throw new Error('no values today');
        },
      },
    });
    const client = await connectRaw(port);
    client.send(line);
    expect(await client.untilClosed()).toBe('');
    expect(proxy.stats().connectionsRefused).toEqual({ SLUICE_ROUTE_FAILED: 1 });
    expect(endpoint.waiting).toBe(0);
  });
});

/** Joins a connection with one of its own to a server; resolves to the server's end of that. */
async function relayTo(front: Socket, server: RawServer<TLSSocket>): Promise<TLSSocket> {
  const { socket } = await connectRaw(server.port);
  socket.removeAllListeners('data').pause();
  front.on('close', () => socket.destroy());
  front.pipe(socket);
  socket.pipe(front);
  return server.accept();
}
