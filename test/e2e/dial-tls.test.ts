// Dialling over TLS: who is believed, which name is asked for, certificates of our own, sessions, half-close, the limit, cancellation.

import { once } from 'node:events';
import type { Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { TLSSocket, TlsOptions } from 'node:tls';
import { createManualClock, parseEndpointAddress } from '@sluice/core';
import { createDialer, dial, type Dialer } from '@sluice/l4';
import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { expectNoResourcesLeft } from '../support/active-resources.ts';
import { createCertificateAuthority } from '../support/certificates.ts';
import { startRawServer, startRawTlsServer, whenClosed, type RawServer } from '../support/raw-server.ts';

beforeEach(expectNoResourcesLeft);

const authority = createCertificateAuthority();
const ca = authority.cert;
const identity = authority.issue(['localhost', '127.0.0.1', '::1', 'a.example']);
const versions = ['TLSv1.2', 'TLSv1.3'] as const;

/** Dials the server and waits until it has the connection too; both are closed when the test ends. */
async function meet(
  dialer: Dialer,
  server: RawServer<TLSSocket>,
  { host = 'localhost', servername }: { readonly host?: string; readonly servername?: string } = {},
): Promise<{ readonly socket: TLSSocket; readonly peer: TLSSocket }> {
  const address = parseEndpointAddress(`https://${host}:${server.port}`);
  const [socket, peer] = await Promise.all([dialer.dial({ address, servername }), server.accept()]);
  closeAfterwards(socket);
  return { socket: socket as TLSSocket, peer };
}

function closeAfterwards(socket: Socket): void {
  onTestFinished(() => void socket.destroy());
}

describe('an endpoint', () => {
  test('is believed when a trusted authority vouches for its name', async () => {
    const server = await startRawTlsServer(identity);
    const { socket, peer } = await meet(createDialer({ tls: { ca } }), server);
    expect(socket.authorized).toBe(true);
    expect(peer.servername).toBe('localhost');
    socket.write('ping');
    expect(String((await once(peer, 'data'))[0])).toBe('ping');
  });

  test('is believed when one of several authorities vouches for it', async () => {
    const server = await startRawTlsServer(identity);
    const other = createCertificateAuthority('Another Authority').cert;
    const { socket } = await meet(createDialer({ tls: { ca: [other, ca] } }), server);
    expect(socket.authorized).toBe(true);
  });

  test.each(['127.0.0.1', '[::1]'])(
    'with the IP address %s is believed for that address, without SNI',
    async (host) => {
      const server = await startRawTlsServer(identity, { host: host.replaceAll(/[[\]]/g, '') });
      const { socket, peer } = await meet(createDialer({ tls: { ca } }), server, { host });
      expect(socket.authorized).toBe(true);
      expect(peer.servername).toBe(false);
    },
  );

  test('with an IPv6 address that the certificate does not have is refused', async () => {
    const server = await startRawTlsServer(authority.issue(['localhost', '::2']), { host: '::1' });
    await expect(dial(`https://[::1]:${server.port}`, { tls: { ca } })).rejects.toMatchObject({
      cause: { code: 'ERR_TLS_CERT_ALTNAME_INVALID' },
    });
  });

  test.each(versions)('that no trusted authority vouches for is refused over %s', async (maxVersion) => {
    const server = await startRawTlsServer({ ...identity, maxVersion });
    const stranger = createCertificateAuthority('A Stranger').cert;
    await expect(dial(`https://localhost:${server.port}`, { tls: { ca: stranger } })).rejects.toMatchObject({
      code: 'SLUICE_TLS_FAILED',
      source: 'upstream',
      stage: 'connect',
      retry: 'safe',
      message: expect.stringContaining(`TLS with https://localhost:${server.port} failed: `) as string,
      cause: { code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' },
    });
  });

  test('that nobody vouches for is refused by default', async () => {
    const server = await startRawTlsServer(identity);
    await expect(dial(`https://localhost:${server.port}`)).rejects.toMatchObject({ code: 'SLUICE_TLS_FAILED' });
  });

  test('with the certificate of another host is refused', async () => {
    const server = await startRawTlsServer(authority.issue(['other.example']));
    await expect(dial(`https://localhost:${server.port}`, { tls: { ca } })).rejects.toMatchObject({
      code: 'SLUICE_TLS_FAILED',
      cause: { code: 'ERR_TLS_CERT_ALTNAME_INVALID' },
    });
  });

  test('with a certificate of yesterday is refused', async () => {
    const yesterday = { from: new Date('2020-01-01'), to: new Date('2020-01-02') };
    const server = await startRawTlsServer(authority.issue(['localhost'], yesterday));
    await expect(dial(`https://localhost:${server.port}`, { tls: { ca } })).rejects.toMatchObject({
      code: 'SLUICE_TLS_FAILED',
      cause: { code: 'CERT_HAS_EXPIRED' },
    });
  });

  test('is believed whoever it is when verifyTls is false', async () => {
    const server = await startRawTlsServer(authority.issue(['other.example']));
    const { socket } = await meet(createDialer({ tls: { verifyTls: false } }), server);
    expect(socket.authorized).toBe(false);
  });
});

describe('the server name', () => {
  test('of the options is asked for and verified instead of the host', async () => {
    const server = await startRawTlsServer(identity);
    const dialer = createDialer({ tls: { ca, servername: 'a.example' } });
    expect((await meet(dialer, server, { host: '127.0.0.1' })).peer.servername).toBe('a.example');
  });

  test('of the request goes before that of the options', async () => {
    const server = await startRawTlsServer(identity);
    const dialer = createDialer({ tls: { ca, servername: 'b.example' } });
    expect((await meet(dialer, server, { servername: 'a.example' })).peer.servername).toBe('a.example');
    await expect(meet(dialer, server)).rejects.toMatchObject({ cause: { code: 'ERR_TLS_CERT_ALTNAME_INVALID' } });
  });

  test('may be an IP address, which is verified and not sent', async () => {
    const server = await startRawTlsServer(authority.issue(['192.0.2.7']));
    const dialer = createDialer({ tls: { ca, servername: '192.0.2.7' } });
    expect((await meet(dialer, server)).peer.servername).toBe(false);
    await expect(meet(dialer, server, { servername: '192.0.2.8' })).rejects.toMatchObject({
      code: 'SLUICE_TLS_FAILED',
    });
  });
});

describe('an endpoint that asks for our certificate', () => {
  const asking = { ...identity, ca, requestCert: true, rejectUnauthorized: true } satisfies TlsOptions;
  const ours = authority.issue(['proxy.example']);

  test.each(versions)('gets it over %s', async (maxVersion) => {
    const server = await startRawTlsServer({ ...asking, maxVersion });
    const { peer } = await meet(createDialer({ tls: { ca, ...ours } }), server);
    expect(peer.authorized).toBe(true);
    expect(peer.getPeerCertificate().subject.CN).toBe('proxy.example');
  });

  test('fails the dial over TLSv1.2 when we have none', async () => {
    const server = await startRawTlsServer({ ...asking, maxVersion: 'TLSv1.2' });
    await expect(dial(`https://localhost:${server.port}`, { tls: { ca } })).rejects.toMatchObject({
      code: 'SLUICE_TLS_FAILED',
    });
  });

  test('breaks the open connection over TLSv1.3 when we have none', async () => {
    const server = await startRawTlsServer({ ...asking, minVersion: 'TLSv1.3' });
    const socket = await dial(`https://localhost:${server.port}`, { tls: { ca } });
    const onError = vi.fn<(error: Error) => void>();
    await whenClosed(socket.on('error', onError).resume());
    expect(onError.mock.calls).toMatchObject([[{ code: 'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED' }]]);
  });
});

/** What a dial that must fail was rejected with. Asked for before the failure is brought about, so that it is never unhandled. */
function failureOf(dialling: Promise<Socket>): Promise<unknown> {
  return dialling.then(
    (socket) => socket.destroy(),
    (reason: unknown) => reason,
  );
}

describe('a handshake', () => {
  test('chooses among the offered protocols', async () => {
    const server = await startRawTlsServer({ ...identity, ALPNProtocols: ['http/1.1', 'h2'] });
    const { socket } = await meet(createDialer({ tls: { ca, alpnProtocols: ['h2', 'http/1.1'] } }), server);
    expect(socket.alpnProtocol).toBe('http/1.1');
  });

  test('with an endpoint that can not speak the lowest version we allow fails', async () => {
    const server = await startRawTlsServer({ ...identity, maxVersion: 'TLSv1.2' });
    const dialling = dial(`https://localhost:${server.port}`, { tls: { ca, minVersion: 'TLSv1.3' } });
    await expect(dialling).rejects.toMatchObject({ code: 'SLUICE_TLS_FAILED' });
  });

  test('with an endpoint that does not speak TLS says so', async () => {
    const server = await startRawServer();
    const failure = failureOf(dial(`https://127.0.0.1:${server.port}`));
    (await server.accept()).write('HTTP/1.1 400 Bad Request\r\n\r\n');
    expect(await failure).toMatchObject({
      code: 'SLUICE_TLS_FAILED',
      message: expect.stringContaining('does not speak TLS') as string,
    });
  });

  test.each(['ends', 'resets'] as const)('that the endpoint %s fails', async (how) => {
    const server = await startRawServer();
    const failure = failureOf(dial(`https://127.0.0.1:${server.port}`));
    const peer = await server.accept();
    await once(peer, 'data');
    if (how === 'ends') peer.end();
    else peer.resetAndDestroy();
    expect(await failure).toMatchObject({ code: 'SLUICE_TLS_FAILED', cause: { code: 'ECONNRESET' } });
  });

  test('that the endpoint does not answer ends at the limit', async () => {
    const server = await startRawServer();
    const clock = createManualClock();
    const failure = failureOf(dial(`https://127.0.0.1:${server.port}`, { clock }));
    const peer = await server.accept();
    await once(peer, 'data');
    clock.advance(5_000);
    expect(await failure).toMatchObject({
      code: 'SLUICE_CONNECT_TIMEOUT',
      message: `no TLS handshake with https://127.0.0.1:${server.port} within 5000 ms`,
    });
    await once(peer.resume(), 'end');
    expect(clock.pendingTimers).toBe(0);
  });

  test('that is cancelled closes the connection', async () => {
    const server = await startRawServer();
    const controller = new AbortController();
    const reason = new Error('the client went away');
    const failure = failureOf(dial(`https://127.0.0.1:${server.port}`, { cancellation: controller.signal }));
    const peer = await server.accept();
    await once(peer, 'data');
    controller.abort(reason);
    expect(await failure).toBe(reason);
    await once(peer.resume(), 'end');
  });
});

describe.each(versions)('a session over %s', (maxVersion) => {
  /** Waits until the endpoint's tickets have come: in TLSv1.3 they leave behind its first bytes, and before its answer to ours. */
  async function exchangeTickets(socket: Socket, peer: Socket): Promise<void> {
    socket.write('x');
    await once(peer, 'data');
    peer.write('x');
    await once(socket, 'data');
  }

  test('is resumed by the next connection to the endpoint', async () => {
    const server = await startRawTlsServer({ ...identity, maxVersion });
    const dialer = createDialer({ tls: { ca } });
    const first = await meet(dialer, server);
    await exchangeTickets(first.socket, first.peer);
    const second = await meet(dialer, server);
    expect([first.socket, second.socket].map((socket) => socket.isSessionReused())).toEqual([false, true]);
    expect(second.socket.authorized).toBe(true);
  });

  test('is not used for another name of the same endpoint', async () => {
    const server = await startRawTlsServer({ ...identity, maxVersion });
    const dialer = createDialer({ tls: { ca } });
    const first = await meet(dialer, server);
    await exchangeTickets(first.socket, first.peer);
    const second = await meet(dialer, server, { servername: 'a.example' });
    expect(second.socket.isSessionReused()).toBe(false);
  });

  test('of an endpoint that was refused is never resumed: the endpoint is refused again', async () => {
    const server = await startRawTlsServer({ ...authority.issue(['other.example']), maxVersion });
    const dialer = createDialer({ tls: { ca } });
    for (let round = 0; round < 3; round++) {
      await expect(meet(dialer, server)).rejects.toMatchObject({ cause: { code: 'ERR_TLS_CERT_ALTNAME_INVALID' } });
      await nextTurn();
    }
  });

  test('that the endpoint does not know any more is replaced by a full handshake', async () => {
    const first = await startRawTlsServer({ ...identity, maxVersion });
    const dialer = createDialer({ tls: { ca } });
    const before = await meet(dialer, first);
    await exchangeTickets(before.socket, before.peer);
    await first.close();
    const second = await startRawTlsServer({ ...identity, maxVersion }, { port: first.port });
    const after = await meet(dialer, second);
    expect(after.socket.isSessionReused()).toBe(false);
    expect(after.socket.authorized).toBe(true);
  });
});

describe('a TLS connection', () => {
  test('reads into memory of the caller, also at the second address of localhost', async () => {
    const server = await startRawTlsServer(identity, { host: '127.0.0.1' });
    const buffer = Buffer.alloc(64);
    let text = '';
    const callback = (bytesRead: number): boolean => {
      text += buffer.toString('latin1', 0, bytesRead);
      return true;
    };
    const socket = await dial(`https://localhost:${server.port}`, { tls: { ca }, onRead: { buffer, callback } });
    closeAfterwards(socket);
    (await server.accept()).write('a'.repeat(1000));
    await vi.waitFor(() => expect(text).toBe('a'.repeat(1000)));
  });

  test.each(versions)('over %s stays half-open in both directions', async (maxVersion) => {
    const server = await startRawTlsServer({ ...identity, maxVersion });
    const ours = await meet(createDialer({ tls: { ca } }), server);
    ours.socket.end('the question');
    await once(ours.peer.resume(), 'end');
    ours.peer.end('the answer');
    expect(String((await once(ours.socket, 'data'))[0])).toBe('the answer');

    const theirs = await meet(createDialer({ tls: { ca } }), server);
    theirs.peer.end();
    await once(theirs.socket.resume(), 'end');
    theirs.socket.end('still here');
    expect(String((await once(theirs.peer, 'data'))[0])).toBe('still here');
  });
});
