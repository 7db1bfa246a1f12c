// PROXY headers on the proxy's own listener, on both fronts: the client that they name is the one of limits, fields, events and middleware.

import { text } from 'node:stream/consumers';
import { connect } from 'node:tls';
import { createProxy, createResponse, type Exchange, type ListenOptions, type ProxyOptions } from '@sluice/http';
import { acceptProxyProtocol, formatProxyHeader, type AcceptProxyProtocolOptions, type ProxyHeader } from '@sluice/l4';
import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { expectNoResourcesLeft } from '../support/active-resources.ts';
import { createCertificateAuthority } from '../support/certificates.ts';
import { startHttpOrigin } from '../support/http-origin.ts';
import { connectRaw, exchangeRaw } from '../support/raw-client.ts';
import { createSocketPath } from '../support/raw-server.ts';

beforeEach(expectNoResourcesLeft);

const line = 'PROXY TCP4 192.0.2.1 192.0.2.9 50000 8443\r\n';
const get = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';
const lastGet = 'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n';
const authority = createCertificateAuthority();
const identity = authority.issue(['a.example']);

/** A proxy whose origin answers with the fields that tell about the client. */
async function listen(
  listenOptions: ListenOptions,
  accepted: Partial<AcceptProxyProtocolOptions> = {},
  options: Partial<ProxyOptions> = {},
) {
  const origin = await startHttpOrigin((req, res) => {
    const { 'x-forwarded-for': address, 'x-forwarded-proto': protocol, 'x-forwarded-port': port } = req.headers;
    res.end(`<${String(address)} ${String(protocol)} ${String(port)}>`);
  });
  const proxy = createProxy({ to: origin.url, ...options });
  onTestFinished(() => proxy.close());
  const preludes = [acceptProxyProtocol({ trustedSenders: ['loopback', 'unix'], ...accepted })];
  return { proxy, listening: await proxy.listen({ preludes, ...listenOptions }) };
}

describe.each(['wire', 'node'] as const)('front %s', (front) => {
  test('tells the origin about the client that the header names, for each request', async () => {
    const { proxy, listening } = await listen({ front });
    const clients: string[] = [];
    proxy.on('exchange-finished', ({ exchange }) => clients.push(exchange.client.address));
    const answers = await exchangeRaw(listening.port, `${line}${get}${lastGet}`);
    expect(answers.match(/<.*>/g)).toEqual(['<192.0.2.1 http 8443>', '<192.0.2.1 http 8443>']);
    expect(clients).toEqual(['192.0.2.1', '192.0.2.1']);
  });

  test('reads a header and requests that come byte by byte', async () => {
    const { listening } = await listen({ front });
    const client = await connectRaw(listening.port);
    for (const byte of `${line}${lastGet}`) client.send(byte);
    expect(await client.untilClosed()).toMatch(/<192\.0\.2\.1 http 8443>/);
  });

  test('reads a header in front of TLS', async () => {
    const { listening } = await listen({ front, tls: identity });
    const { socket } = await connectRaw(listening.port);
    socket.removeAllListeners('data').pause();
    socket.write(line);
    const secure = connect({ socket, servername: 'a.example', ca: authority.cert });
    secure.on('error', () => {}).write(lastGet);
    expect(await text(secure)).toMatch(/<192\.0\.2\.1 https 8443>/);
  });

  test('takes the word of the sender that the client speaks TLS', async () => {
    const { listening } = await listen({ front });
    const header: ProxyHeader = {
      version: 2,
      command: 'proxy',
      transport: 'tcp6',
      source: { address: '2001:db8::1', port: 50_000 },
      destination: { address: '2001:db8::9', port: 443 },
      tls: { encrypted: true, certificateOnConnection: false, certificateInSession: false, verifyResult: 1 },
    };
    const client = await connectRaw(listening.port);
    client.send(formatProxyHeader(header, { checksum: true }));
    client.send(lastGet);
    expect(await client.untilClosed()).toMatch(/<2001:db8::1 https 443>/);
  });

  test('shows middleware the whole header', async () => {
    const answer = ({ connection }: Exchange) => createResponse({ body: JSON.stringify(connection.proxyHeader) });
    const { listening } = await listen({ front }, {}, { middleware: [answer] });
    expect(await exchangeRaw(listening.port, `${line}${lastGet}`)).toContain('"transport":"tcp4"');
  });

  test('believes X-Forwarded-For of a client that is a trusted proxy, and of no other', async () => {
    const { listening } = await listen({ front }, {}, { trustedProxies: ['192.0.2.1', 'loopback'] });
    const forwarded = lastGet.replace('\r\n\r\n', '\r\nX-Forwarded-For: 203.0.113.7\r\n\r\n');
    expect(await exchangeRaw(listening.port, `${line}${forwarded}`)).toMatch(/<203\.0\.113\.7, 192\.0\.2\.1 /);
    const other = line.replace('192.0.2.1', '192.0.2.2');
    expect(await exchangeRaw(listening.port, `${other}${forwarded}`)).toMatch(/<192\.0\.2\.2 /);
  });

  test('serves clients without a header when it is optional', async () => {
    const { listening } = await listen({ front }, { mode: 'optional' });
    expect(await exchangeRaw(listening.port, lastGet)).toMatch(/<127\.0\.0\.1 http/);
    expect(await exchangeRaw(listening.port, `${line}${lastGet}`)).toMatch(/<192\.0\.2\.1 http/);
  });

  test('reads headers on a Unix socket', async () => {
    const path = createSocketPath();
    await listen({ front, path });
    expect(await exchangeRaw(path, `${line}${lastGet}`)).toMatch(/<192\.0\.2\.1 http/);
  });

  test('refuses what is no header, closes at once, and counts it', async () => {
    const { listening } = await listen({ front });
    expect(await exchangeRaw(listening.port, lastGet)).toBe('');
    expect(await exchangeRaw(listening.port, `${line.replace('50000', '99999')}${lastGet}`)).toBe('');
    expect(listening.stats().requestsRefused).toEqual({ SLUICE_PROXY_HEADER_INVALID: 2 });
  });

  test('closes connections that wait for a header when the proxy is closed', async () => {
    const { proxy, listening } = await listen({ front });
    const client = await connectRaw(listening.port);
    client.send('PROXY TCP4 ');
    await vi.waitFor(() => expect(listening.stats().connectionsOpen).toBe(1));
    await proxy.close();
    await client.untilClosed();
  });

  test('takes a connection that ends at once for a look at the port', async () => {
    const { listening } = await listen({ front });
    const client = await connectRaw(listening.port);
    await vi.waitFor(() => expect(listening.stats().connectionsOpen).toBe(1));
    client.socket.end();
    await client.untilClosed();
    await vi.waitFor(() => expect(listening.stats().connectionsOpen).toBe(0));
    expect(listening.stats().requestsRefused).toEqual({});
  });
});

test('counts connections as those of the clients that their headers name', async () => {
  const { listening } = await listen({ limits: { maxConnectionsPerAddress: 1 } });
  const first = await connectRaw(listening.port);
  first.send(`${line}${get}`);
  await first.until(/<192\.0\.2\.1 /);
  expect(await exchangeRaw(listening.port, `${line}${lastGet}`)).toBe('');
  expect(listening.stats()).toMatchObject({ connectionsRefused: 1 });
  expect(await exchangeRaw(listening.port, `${line.replace('192.0.2.1', '192.0.2.2')}${lastGet}`)).toMatch(/200/);
  first.socket.destroy();
  await vi.waitFor(async () =>
    expect(await exchangeRaw(listening.port, `${line}${lastGet}`)).toMatch(/<192\.0\.2\.1 /),
  );
});

test('counts senders that nobody trusts as clients of their own', async () => {
  const accepted = { mode: 'optional', trustedSenders: ['10.0.0.0/8'] } as const;
  const { listening } = await listen({ limits: { maxConnectionsPerAddress: 1 } }, accepted);
  const silent = await connectRaw(listening.port);
  await vi.waitFor(() => expect(listening.stats().connectionsOpen).toBe(1));
  expect(await exchangeRaw(listening.port, lastGet)).toBe('');
  silent.socket.destroy();
  await vi.waitFor(() => expect(listening.stats().connectionsOpen).toBe(0));
  expect(await exchangeRaw(listening.port, lastGet)).toMatch(/<127\.0\.0\.1 /);
});
