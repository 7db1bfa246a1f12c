// PROXY headers between us and HAProxy and nginx, in both directions: what they write we read, and what we write they believe.

import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { connect as connectTls, type ConnectionOptions } from 'node:tls';
import { promisify } from 'node:util';
import { createProxy } from '@sluice/http';
import { acceptProxyProtocol, isCertificateVerified, type ClientConnection, type ProxyHeader } from '@sluice/l4';
import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { expectNoResourcesLeft } from '../support/active-resources.ts';
import { createCertificateAuthority } from '../support/certificates.ts';
import { startHaproxy, startNginx, startStreamNginx } from '../support/debian-program.ts';
import { startHttpOrigin } from '../support/http-origin.ts';
import { connectRaw, exchangeRaw } from '../support/raw-client.ts';
import { startTcpProxy } from '../support/tcp-proxy.ts';

beforeEach(expectNoResourcesLeft);

const accept = acceptProxyProtocol({ trustedSenders: ['loopback'] });
const authority = createCertificateAuthority();
const identity = authority.issue(['a.example']);
const clients = createCertificateAuthority('Clients');
const certificates = { 'server.pem': identity.cert + identity.key, 'clients.pem': clients.cert };
const lastGet = 'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n';

/** A TCP proxy of ours that reads headers, in front of a server that answers each connection with `hello`. */
async function startReader() {
  const server = createServer((socket) => void socket.on('error', () => {}).end('hello'));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => promisify(server.close.bind(server))());
  const to = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const { port, proxy } = await startTcpProxy({ to, preludes: [accept] });
  const seen: ClientConnection[] = [];
  proxy.on('session-opened', ({ connection }) => seen.push(connection));
  /** What is known of the connection from a port of the client's. Others are those of whoever looks whether a port is open. */
  const connectionFrom = (remotePort: number | undefined): Promise<ClientConnection> =>
    vi.waitFor(
      () => seen.find((connection) => connection.remotePort === remotePort) ?? Promise.reject(new Error('none yet')),
    );
  return { port, seen, connectionFrom };
}

/** A listener of ours that reads headers, and tells its origin about the client. */
async function startHttpReader(front: 'wire' | 'node') {
  const origin = await startHttpOrigin((req, res) => {
    res.end(`<${String(req.headers['x-forwarded-for'])} ${String(req.headers['x-forwarded-proto'])}>`);
  });
  const proxy = createProxy({ to: origin.url });
  onTestFinished(() => proxy.close());
  return proxy.listen({ front, preludes: [accept] });
}

/** HAProxy in front of a port of ours. */
function haproxyTo(port: number, send: string, bind = ''): Promise<number> {
  return startHaproxy(
    (own, folder) => `frontend in
  bind 127.0.0.1:${own} ${bind.replaceAll('FOLDER', folder)}
  default_backend out
backend out
  server us 127.0.0.1:${port} ${send}`,
    certificates,
  );
}

/** Connects with TLS, reads to the end. */
async function askTls(
  port: number,
  options: ConnectionOptions,
): Promise<{ readonly answer: string; readonly clientPort: number | undefined }> {
  const socket = connectTls({ port, host: '127.0.0.1', servername: 'a.example', ca: authority.cert, ...options });
  onTestFinished(() => void socket.destroy());
  await once(socket, 'secureConnect');
  const clientPort = socket.localPort;
  socket.on('error', () => {});
  return { answer: await text(socket), clientPort };
}

describe('HAProxy in front of us', () => {
  test.each([
    ['send-proxy', 1],
    ['send-proxy-v2', 2],
    ['send-proxy-v2 proxy-v2-options crc32c', 2],
  ] as const)('names its client with %s', async (send, version) => {
    const { port, connectionFrom } = await startReader();
    const haproxy = await haproxyTo(port, send);
    const client = await connectRaw(haproxy);
    expect(await connectionFrom(client.socket.localPort)).toMatchObject({
      remoteAddress: '127.0.0.1',
      localPort: haproxy,
      proxyHeader: { version, command: 'proxy', transport: 'tcp4' },
    });
    expect(await client.untilClosed()).toBe('hello');
    client.socket.end();
  });

  test('tells about TLS, and the certificate of its client, with send-proxy-v2-ssl-cn and all options', async () => {
    const { port, connectionFrom } = await startReader();
    const options = 'crc32c,unique-id,authority,ssl,cert-cn,ssl-cipher,cert-sig,cert-key';
    const haproxy = await startHaproxy(
      (own, folder) => `frontend in
  unique-id-format id-%cp
  bind 127.0.0.1:${own} ssl crt ${folder}/server.pem ca-file ${folder}/clients.pem verify optional alpn h2,http/1.1
  default_backend out
backend out
  server us 127.0.0.1:${port} send-proxy-v2-ssl-cn proxy-v2-options ${options}`,
      certificates,
    );
    const ask = async (own: ConnectionOptions): Promise<ProxyHeader | undefined> => {
      const { answer, clientPort } = await askTls(haproxy, own);
      expect(answer).toBe('hello');
      return (await connectionFrom(clientPort)).proxyHeader;
    };
    const certified = await ask({ ...clients.issue(['client one']), ALPNProtocols: ['h2'] });
    expect(certified).toMatchObject({
      authority: 'a.example',
      tls: {
        encrypted: true,
        certificateOnConnection: true,
        certificateInSession: true,
        verifyResult: 0,
        version: 'TLSv1.3',
        commonName: 'client one',
        cipher: expect.stringMatching(/^TLS_/) as string,
        signatureAlgorithm: expect.stringMatching(/SHA256/i) as string,
        keyAlgorithm: expect.stringMatching(/^EC/) as string,
      },
    });
    expect(String(certified?.uniqueId)).toMatch(/^id-\d+$/);
    expect(certified?.tls && isCertificateVerified(certified.tls)).toBe(true);
    // A client without a certificate has the result 0 as well, and is not verified for that.
    const anonymous = await ask({});
    expect(anonymous?.tls).toMatchObject({ encrypted: true, certificateOnConnection: false, verifyResult: 0 });
    expect(anonymous?.tls && isCertificateVerified(anonymous.tls)).toBe(false);
  });

  test.each([
    ['send-proxy', 'proxy'],
    ['send-proxy-v2', 'local'],
  ])('finds us healthy by checks of its own, with %s', async (send, command) => {
    const { port, seen } = await startReader();
    const haproxy = await startHaproxy(
      (own) => `frontend in
  bind 127.0.0.1:${own}
  default_backend out
backend out
  option tcp-check
  tcp-check expect string hello
  server us 127.0.0.1:${port} ${send} check inter 50ms fall 1`,
    );
    await vi.waitUntil(() => seen.filter(({ proxyHeader }) => proxyHeader?.command === command).length > 2);
    const client = await connectRaw(haproxy);
    expect(await client.untilClosed()).toBe('hello');
    client.socket.end();
  });

  test.each(['wire', 'node'] as const)('names the client of HTTP, on front %s', async (front) => {
    const { port } = await startHttpReader(front);
    const plain = await haproxyTo(port, 'send-proxy-v2', '');
    expect(await exchangeRaw(plain, lastGet)).toMatch(/<127\.0\.0\.1 http>/);
    const secure = await haproxyTo(port, 'send-proxy-v2-ssl-cn', 'ssl crt FOLDER/server.pem');
    const socket = connectTls({ port: secure, host: '127.0.0.1', servername: 'a.example', ca: authority.cert });
    onTestFinished(() => void socket.destroy());
    socket.on('error', () => {}).write(lastGet);
    expect(await text(socket)).toMatch(/<127\.0\.0\.1 https>/);
  });

  test('passes on the client of another HAProxy in front of it', async () => {
    const { port, connectionFrom } = await startReader();
    const inner = await haproxyTo(port, 'send-proxy-v2', 'accept-proxy');
    const client = await connectRaw(inner);
    client.send('PROXY TCP6 2001:db8::1 2001:db8::9 50000 443\r\n');
    expect(await connectionFrom(50_000)).toMatchObject({ remoteAddress: '2001:db8::1', localPort: 443 });
    await client.untilClosed();
  });
});

describe('nginx in front of us', () => {
  test('names its client', async () => {
    const { port, connectionFrom } = await startReader();
    const nginx = await startStreamNginx(
      (own) => `server { listen 127.0.0.1:${own}; proxy_pass 127.0.0.1:${port}; proxy_protocol on; }`,
    );
    const client = await connectRaw(nginx);
    expect(await connectionFrom(client.socket.localPort)).toMatchObject({
      localPort: nginx,
      proxyHeader: { version: 1 },
    });
    expect(await client.untilClosed()).toBe('hello');
  });

  test('names the client of HTTP', async () => {
    const { port } = await startHttpReader('wire');
    const nginx = await startStreamNginx(
      (own) => `server { listen 127.0.0.1:${own}; proxy_pass 127.0.0.1:${port}; proxy_protocol on; }`,
    );
    expect(await exchangeRaw(nginx, lastGet)).toMatch(/<127\.0\.0\.1 http>/);
  });
});

describe('behind us', () => {
  /** A TCP proxy of ours that sends headers. */
  async function startWriter(to: number, sendProxyProtocol: 1 | 2 | object): Promise<number> {
    const { port } = await startTcpProxy({
      to: `127.0.0.1:${to}`,
      preludes: [acceptProxyProtocol({ mode: 'optional', trustedSenders: ['loopback'] })],
      sendProxyProtocol,
    });
    return port;
  }

  const named = 'PROXY TCP4 192.0.2.1 192.0.2.9 50000 443\r\n';
  const namedSix = 'PROXY TCP6 2001:db8::1 2001:db8::9 50000 443\r\n';

  test.each([1, 2, { checksum: true }] as const)('HAProxy believes us, with %j', async (send) => {
    const haproxy = await startHaproxy(
      (own) => `frontend in
  mode http
  bind 127.0.0.1:${own} accept-proxy
  http-request return status 200 content-type text/plain lf-string "<%[src] %[src_port] %[dst] %[dst_port]>"`,
    );
    const port = await startWriter(haproxy, send);
    expect(await exchangeRaw(port, `${named}${lastGet}`)).toContain('<192.0.2.1 50000 192.0.2.9 443>');
    expect(await exchangeRaw(port, `${namedSix}${lastGet}`)).toContain('<2001:db8::1 50000 2001:db8::9 443>');
    expect(await exchangeRaw(port, lastGet)).toMatch(/<127\.0\.0\.1 \d+ 127\.0\.0\.1 \d+>/);
  });

  test('HAProxy reads authority and unique id', async () => {
    const haproxy = await startHaproxy(
      (own) => `frontend in
  mode http
  bind 127.0.0.1:${own} accept-proxy
  http-request return status 200 content-type text/plain lf-string "<%[fc_pp_authority] %[fc_pp_unique_id]>"`,
    );
    const port = await startWriter(haproxy, {
      checksum: true,
      values: () => ({ authority: 'a.example', uniqueId: Buffer.from('id-1') }),
    });
    expect(await exchangeRaw(port, lastGet)).toContain('<a.example id-1>');
  });

  test('HAProxy refuses a header whose checksum is wrong, as we do', async () => {
    const haproxy = await startHaproxy(
      (own) => `frontend in
  mode http
  bind 127.0.0.1:${own} accept-proxy
  http-request return status 200`,
    );
    const { port } = await startReader();
    const header = Buffer.from('0d0a0d0a000d0a515549540a21110013c0000201c0000209c35001bb030004deadbeef', 'hex');
    for (const to of [haproxy, port]) {
      const client = await connectRaw(to);
      client.send(Buffer.concat([header, Buffer.from(lastGet)]));
      expect(await client.untilClosed()).toBe('');
    }
  });

  test.each([1, 2, { checksum: true, authority: true }] as const)('nginx believes us, with %j', async (send) => {
    const nginx = await startNginx(
      (own) => `server { listen 127.0.0.1:${own} proxy_protocol;
        location / { default_type text/plain;
          return 200 "<$proxy_protocol_addr $proxy_protocol_port $proxy_protocol_server_addr $proxy_protocol_server_port>"; } }`,
    );
    const port = await startWriter(nginx, send);
    expect(await exchangeRaw(port, `${named}${lastGet}`)).toContain('<192.0.2.1 50000 192.0.2.9 443>');
    expect(await exchangeRaw(port, `${namedSix}${lastGet}`)).toContain('<2001:db8::1 50000 2001:db8::9 443>');
  });

  test("nginx's stream module believes us", async () => {
    const nginx = await startStreamNginx(
      (own) =>
        `server { listen 127.0.0.1:${own} proxy_protocol; return "<$proxy_protocol_addr $proxy_protocol_port>"; }`,
    );
    const port = await startWriter(nginx, 2);
    const client = await connectRaw(port);
    client.send(`${named}hello`);
    expect(await client.untilClosed()).toBe('<192.0.2.1 50000>');
  });

  test('a chain of HAProxy, us and nginx keeps the client', async () => {
    const nginx = await startNginx(
      (own) => `server { listen 127.0.0.1:${own} proxy_protocol;
        location / { default_type text/plain; return 200 "<$proxy_protocol_addr $proxy_protocol_port>"; } }`,
    );
    const port = await startWriter(nginx, 2);
    const haproxy = await haproxyTo(port, 'send-proxy-v2', 'accept-proxy');
    await vi.waitFor(async () =>
      expect(await exchangeRaw(haproxy, `${named}${lastGet}`)).toContain('<192.0.2.1 50000>'),
    );
  });
});
