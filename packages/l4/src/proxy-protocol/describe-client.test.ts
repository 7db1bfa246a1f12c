import { describe, expect, test } from 'vitest';
import type { ClientIdentity } from '../tls/client-identity.ts';
import type { TlsSession } from '../tls/tls-session.ts';
import { describeAlpn, describeAuthority, describeEnds, describeTls, type ProxiedClient } from './describe-client.ts';
import type { ProxyHeader } from './proxy-header.ts';

function client(remoteAddress: string, localAddress: string, more: Partial<ProxiedClient> = {}): ProxiedClient {
  return { remoteAddress, remotePort: 50_000, localAddress, localPort: 443, ...more };
}

const header: ProxyHeader = {
  version: 2,
  command: 'proxy',
  transport: 'unix-stream',
  source: { address: '', port: 0 },
  destination: { address: '/run/app.sock', port: 0 },
  authority: 'outer.example',
  alpn: 'h2',
  tls: { encrypted: true, certificateOnConnection: false, certificateInSession: false, verifyResult: 1 },
};

const session: TlsSession = {
  serverName: undefined,
  alpnProtocol: undefined,
  version: 'TLSv1.3',
  cipher: 'TLS_AES_128_GCM_SHA256',
  isResumed: false,
  client: undefined,
};

function identity(subject: string, verified: boolean): ClientIdentity {
  return { subject, verified } as ClientIdentity;
}

describe('the ends', () => {
  test.each([
    ['tcp4', client('192.0.2.1', '192.0.2.9'), '192.0.2.1', '192.0.2.9'],
    ['tcp4', client('::ffff:192.0.2.1', '::ffff:192.0.2.9'), '192.0.2.1', '192.0.2.9'],
    ['tcp6', client('2001:db8::1', '2001:db8::9'), '2001:db8::1', '2001:db8::9'],
    ['tcp6', client('fe80::1%eth0', 'fe80::9%eth0'), 'fe80::1', 'fe80::9'],
    ['tcp6', client('2001:db8::1', '192.0.2.9'), '2001:db8::1', '::ffff:192.0.2.9'],
  ])('of a connection are %s', (transport, connection, source, destination) => {
    expect(describeEnds(connection, false)).toEqual({
      transport,
      source: { address: source, port: 50_000 },
      destination: { address: destination, port: 443 },
    });
    expect(describeEnds(connection, true).transport).toBe(transport.replace('tcp', 'udp'));
  });

  test('of a Unix socket have the paths that a proxy in front knew, or none', () => {
    const unnamed = { address: '', port: 0 };
    expect(describeEnds(client('', ''), false)).toEqual({
      transport: 'unix-stream',
      source: unnamed,
      destination: unnamed,
    });
    const { source, destination } = header;
    expect(describeEnds(client('', '', { proxyHeader: header }), true)).toEqual({
      transport: 'unix-datagram',
      source,
      destination,
    });
  });

  test('are unknown when only one is known', () => {
    expect(describeEnds(client('192.0.2.1', ''), false).transport).toBe('unknown');
  });
});

test('takes the nearest word for the authority and the protocol', () => {
  const hello = { serverName: 'inner.example', alpnProtocols: [], tlsVersions: [], hasEch: false };
  const own = { ...session, serverName: 'own.example', alpnProtocol: 'http/1.1' };
  expect(describeAuthority(client('', '', { tls: own, clientHello: hello, proxyHeader: header }))).toBe('own.example');
  expect(describeAuthority(client('', '', { clientHello: hello, proxyHeader: header }))).toBe('inner.example');
  expect(describeAuthority(client('', '', { proxyHeader: header }))).toBe('outer.example');
  expect(describeAuthority(client('', ''))).toBeUndefined();
  expect(describeAlpn(client('', '', { tls: own, proxyHeader: header }))).toBe('http/1.1');
  expect(describeAlpn(client('', '', { proxyHeader: header }))).toBe('h2');
});

describe('the TLS', () => {
  test('that ended at a proxy in front is passed on', () => {
    expect(describeTls(client('', '', { proxyHeader: header }))).toBe(header.tls);
    expect(describeTls(client('', ''))).toBeUndefined();
  });

  test('of a client without a certificate is not verified', () => {
    expect(describeTls(client('', '', { tls: session, proxyHeader: header }))).toEqual({
      encrypted: true,
      certificateOnConnection: false,
      certificateInSession: false,
      verifyResult: 1,
      version: 'TLSv1.3',
      commonName: undefined,
      cipher: 'TLS_AES_128_GCM_SHA256',
    });
  });

  test('names the client by its certificate, also in a resumed session', () => {
    const tls = { ...session, client: identity('O=b\nCN=a', true) };
    expect(describeTls(client('', '', { tls }))).toMatchObject({
      certificateOnConnection: true,
      certificateInSession: true,
      verifyResult: 0,
      commonName: 'a',
    });
    expect(describeTls(client('', '', { tls: { ...tls, isResumed: true } }))).toMatchObject({
      certificateOnConnection: false,
      certificateInSession: true,
    });
    expect(describeTls(client('', '', { tls: { ...session, client: identity('CN=a', false) } }))).toMatchObject({
      verifyResult: 1,
    });
  });

  test.each([
    ['CN=a\\, b\\2C c', 'a, b, c'],
    ['O=x\\0ACN=admin', undefined],
    ['CN=a\\0Ab', undefined],
    ['O=b', undefined],
    ['CN=bücher', 'bücher'],
  ])('has the common name of %j', (subject, commonName) => {
    const tls = { ...session, client: identity(subject, true) };
    expect(describeTls(client('', '', { tls }))?.commonName).toBe(commonName);
  });
});
