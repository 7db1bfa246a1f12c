// TLS to endpoints that differ: whose name is asked for, and who we are, by endpoint and by client.

import { once } from 'node:events';
import { connect } from 'node:tls';
import { createUpstream, parseEndpointAddress, type Endpoint } from '@sluice/core';
import { createProxy, createWireTransport } from '@sluice/http';
import { createDialer, tcpProbe, type TlsTarget, type UpstreamTlsOptions } from '@sluice/l4';
import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { expectNoResourcesLeft } from '../support/active-resources.ts';
import { createCertificateAuthority } from '../support/certificates.ts';
import { createProgramFolder } from '../support/debian-program.ts';
import { connectRaw } from '../support/raw-client.ts';
import { startRawTlsServer, type RawServer } from '../support/raw-server.ts';
import { startTcpProxy } from '../support/tcp-proxy.ts';
import type { TLSSocket } from 'node:tls';

beforeEach(expectNoResourcesLeft);

const authority = createCertificateAuthority();
const ca = authority.cert;
const identities = new Map(['one', 'two'].map((name) => [name, authority.issue([`${name}.proxy.example`])]));

/** An endpoint that asks for certificates and is called by its name only. */
async function startEndpoint(name: string) {
  const server = await startRawTlsServer({ ...authority.issue([`${name}.example`]), ca, requestCert: true });
  return { server, endpoint: { address: `https://127.0.0.1:${server.port}`, metadata: { name } } };
}

/** Tells endpoints by their metadata. The certificates are the same objects each time, as they must be. */
const choices = new Map(
  [...identities].map(([name, identity]) => [name, { servername: `${name}.example`, ...identity }]),
);
const byMetadata: UpstreamTlsOptions = {
  ca,
  choose: ({ endpoint }) => choices.get(String(endpoint?.metadata['name'])),
};

/** Who the server was asked for, and by whom. */
async function meeting(server: RawServer<TLSSocket>): Promise<readonly unknown[]> {
  const peer = await server.accept();
  const seen = [peer.servername, peer.authorized, peer.getPeerX509Certificate()?.subject];
  peer.end('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n');
  return seen;
}

test('each endpoint of a TCP proxy is asked for by its own name, with our certificate for it', async () => {
  const [one, two] = [await startEndpoint('one'), await startEndpoint('two')];
  const { port } = await startTcpProxy({
    upstream: { endpoints: [one.endpoint, two.endpoint] },
    dialer: { tls: byMetadata },
  });
  await Promise.all([connectRaw(port), connectRaw(port)]);
  expect(await meeting(one.server)).toEqual(['one.example', true, 'CN=one.proxy.example']);
  expect(await meeting(two.server)).toEqual(['two.example', true, 'CN=two.proxy.example']);
});

test('each endpoint of an HTTP proxy, too', async () => {
  const [one, two] = [await startEndpoint('one'), await startEndpoint('two')];
  const transport = createWireTransport({ tls: byMetadata });
  const proxy = createProxy({ upstream: { endpoints: [one.endpoint, two.endpoint] }, transport });
  onTestFinished(async () => {
    await proxy.close();
    await transport.close();
  });
  const { url } = await proxy.listen();
  const meetings = Promise.all([meeting(one.server), meeting(two.server)]);
  await Promise.all([fetch(url), fetch(url)]);
  expect(await meetings).toEqual([
    ['one.example', true, 'CN=one.proxy.example'],
    ['two.example', true, 'CN=two.proxy.example'],
  ]);
});

test('active checks of an endpoint, too', async () => {
  const { server, endpoint } = await startEndpoint('one');
  const upstream = createUpstream({
    endpoints: [endpoint],
    health: { checks: [tcpProbe({ tls: byMetadata, expect: 'HTTP' })] },
  });
  onTestFinished(() => upstream.close());
  expect(await meeting(server)).toEqual(['one.example', true, 'CN=one.proxy.example']);
});

test('the name that the client has asked us for can be asked for', async () => {
  const server = await startRawTlsServer(authority.issue(['a.example', 'b.example']));
  const { port } = await startTcpProxy({
    to: `https://127.0.0.1:${server.port}`,
    tls: authority.issue(['a.example', 'b.example']),
    dialer: { tls: { ca, choose: ({ connection }) => ({ servername: connection?.tls?.serverName ?? '' }) } },
  });
  for (const servername of ['a.example', 'b.example']) {
    const client = connect({ host: '127.0.0.1', port, ca, servername });
    onTestFinished(() => void client.destroy());
    await once(client, 'secureConnect');
    const peer = await server.accept();
    expect(peer.servername).toBe(servername);
    peer.destroy();
  }
});

describe('a choice', () => {
  const target = (server: RawServer<TLSSocket>, name: string) => ({
    address: parseEndpointAddress(`https://127.0.0.1:${server.port}`),
    endpoint: { metadata: { name } } as unknown as Endpoint,
  });

  test('of a name goes behind that of the request, and before that of the options', async () => {
    const server = await startRawTlsServer(authority.issue(['a.example', 'b.example', 'c.example']));
    const choose = vi.fn<(target: TlsTarget) => { servername: string } | undefined>();
    const dialer = createDialer({ tls: { ca, servername: 'c.example', choose } });
    const nameFor = async (servername?: string): Promise<unknown> => {
      const [socket, peer] = await Promise.all([dialer.dial({ ...target(server, 'x'), servername }), server.accept()]);
      onTestFinished(() => void socket.destroy());
      return peer.servername;
    };
    choose.mockReturnValue({ servername: 'b.example' });
    expect([await nameFor('a.example'), await nameFor()]).toEqual(['a.example', 'b.example']);
    choose.mockReturnValue(undefined);
    expect(await nameFor()).toBe('c.example');
    expect(choose.mock.calls[0]?.[0]).toMatchObject({ endpoint: { metadata: { name: 'x' } }, connection: undefined });
  });

  test('of a certificate keeps sessions apart: one that is resumed says who we were', async () => {
    const server = await startRawTlsServer({
      ...authority.issue(['one.example', 'two.example']),
      ca,
      requestCert: true,
    });
    const both = new Map([...identities].map(([name, identity]) => [name, { servername: 'one.example', ...identity }]));
    const dialer = createDialer({
      tls: { ca, choose: ({ endpoint }) => both.get(String(endpoint?.metadata['name'])) },
    });
    const visit = async (name: string): Promise<readonly unknown[]> => {
      const [socket, peer] = await Promise.all([dialer.dial(target(server, name)), server.accept()]);
      const seen = [(socket as TLSSocket).isSessionReused(), peer.getPeerX509Certificate()?.subject];
      peer.end('bye');
      await once(socket.resume(), 'end');
      socket.destroy();
      return seen;
    };
    expect([await visit('one'), await visit('two'), await visit('one'), await visit('two')]).toEqual([
      [false, 'CN=one.proxy.example'],
      [false, 'CN=two.proxy.example'],
      [true, 'CN=one.proxy.example'],
      [true, 'CN=two.proxy.example'],
    ]);
  });

  test.each<[string, () => never | object, RegExp]>([
    [
      'throws',
      () => {
        throw new Error('no table');
      },
      /can not be chosen: no table/,
    ],
    [
      'gives a key that fits no certificate',
      () => ({ cert: authority.cert, key: identities.get('one')?.key }),
      /key is not the key/,
    ],
    ['gives something unknown', () => ({ serverName: 'x' }), /serverName is unknown, did you mean servername/],
  ])('that %s fails the dial, which is no fault of the endpoint', async (_what, choose, reason) => {
    const server = await startRawTlsServer(authority.issue(['a.example']));
    const dialing = createDialer({ tls: { ca, choose } }).dial(target(server, 'x'));
    await expect(dialing).rejects.toMatchObject({
      code: 'SLUICE_CERTIFICATE_UNAVAILABLE',
      source: 'proxy',
      message: expect.stringMatching(reason) as string,
    });
    expect(server.waiting).toBe(0);
  });
});

test('authorities and our certificate can stand in files', async () => {
  const { cert = '', key = '' } = identities.get('one') ?? {};
  const folder = createProgramFolder({ 'ca.pem': ca, 'cert.pem': cert, 'key.pem': key });
  const { server } = await startEndpoint('one');
  const tls = { caFile: `${folder}/ca.pem`, certFile: `${folder}/cert.pem`, keyFile: `${folder}/key.pem` };
  const dialer = createDialer({ tls: { ...tls, servername: 'one.example' } });
  const address = parseEndpointAddress(`https://127.0.0.1:${server.port}`);
  const [socket, seen] = await Promise.all([dialer.dial({ address }), meeting(server)]);
  socket.destroy();
  expect(seen).toEqual(['one.example', true, 'CN=one.proxy.example']);
});
