// TLS that ends here, with real clients: which certificate is served, what is agreed on, who is refused, and what is left afterwards.

import { once } from 'node:events';
import type { Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { createManualClock } from '@sluice/core';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { expectNoResourcesLeft } from '../support/active-resources.ts';
import { createCertificateAuthority } from '../support/certificates.ts';
import { createRevocationList } from '../support/revocation-lists.ts';
import { connectRaw } from '../support/raw-client.ts';
import { enter, listenTls, visit } from '../support/tls-listener.ts';

beforeEach(expectNoResourcesLeft);

const authority = createCertificateAuthority();
const ca = authority.cert;
const fallback = authority.issue(['default.example']);
const a = authority.issue(['a.example', 'www.a.example']);
const wildcard = authority.issue(['*.b.example']);
/** How a refusal looks to a client: an alert, or just the end. */
const refusal = /alert|without a word|hang up|ECONNRESET|disconnected/;
const versions = ['TLSv1.2', 'TLSv1.3'] as const;

describe.each(versions)('over %s', (maxVersion) => {
  const byName = (servername: string) => ({ ca, servername, maxVersion, checkServerIdentity: () => undefined });

  test.each([
    ['a.example', 'a.example'],
    ['WWW.A.Example', 'a.example'],
    ['x.b.example', '*.b.example'],
    ['b.example', 'default.example'],
    ['x.y.b.example', 'default.example'],
    ['unknown.example', 'default.example'],
    ['', 'default.example'],
  ])('%s gets the certificate of %s', async (servername, served) => {
    const { port } = await listenTls({ ...fallback, certificates: [a, wildcard] });
    const seen = await visit(port, byName(servername));
    expect(seen.served).toBe(served);
    expect(seen.session).toMatchObject({ version: maxVersion, isResumed: false });
    expect(seen.session['serverName']).toBe(servername === '' ? undefined : servername.toLowerCase());
  });

  test('unknown names are refused where that is wanted', async () => {
    const { port, tls, refused } = await listenTls({ certificates: [a], unknownNames: 'refuse' });
    expect((await visit(port, byName('a.example'))).served).toBe('a.example');
    await expect(visit(port, byName('c.example'))).rejects.toThrow(/handshake failure/);
    await expect(visit(port, byName(''))).rejects.toThrow(/handshake failure/);
    await vi.waitFor(() => expect(tls.stats().handshakesFailed).toEqual({ parameters: 2 }));
    expect(refused).toEqual(['SLUICE_HANDSHAKE_FAILED', 'SLUICE_HANDSHAKE_FAILED']);
  });

  test('the best protocol that both sides speak is agreed on', async () => {
    const { port, tls } = await listenTls({ ...a, alpnProtocols: ['h2', 'http/1.1'] });
    const offering = (...ALPNProtocols: string[]) => visit(port, { ...byName('a.example'), ALPNProtocols });
    expect((await offering('http/1.1', 'h2')).session).toMatchObject({ alpnProtocol: 'h2' });
    expect((await offering('http/1.1')).session).toMatchObject({ alpnProtocol: 'http/1.1' });
    expect((await offering()).session).not.toHaveProperty('alpnProtocol');
    await expect(offering('h9')).rejects.toMatchObject({ code: 'ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL' });
    await vi.waitFor(() => expect(tls.stats()).toMatchObject({ handshakesDone: 3, handshakesFailed: { alpn: 1 } }));
  });

  test('bytes that were read and put back are the beginning of the handshake', async () => {
    const putBack = async (socket: Socket): Promise<void> => {
      await once(socket, 'readable');
      const bytes = socket.read() as Buffer;
      socket.unshift(bytes.subarray(6));
      expect(bytes.subarray(0, 6).toString()).toBe('PROXY\n');
    };
    const { port } = await listenTls({ ...fallback, certificates: [a], alpnProtocols: ['x'] }, { before: putBack });
    const raw = await connectRaw(port);
    raw.socket.write('PROXY\n');
    const secure = connectTls({ socket: raw.socket, ...byName('a.example'), ALPNProtocols: ['x'] });
    const [line] = (await once(secure, 'data')) as [Buffer];
    expect(JSON.parse(String(line))).toMatchObject({ serverName: 'a.example', alpnProtocol: 'x' });
    expect(secure.getPeerX509Certificate()?.subjectAltName).toContain('DNS:a.example');
    secure.destroy();
  });

  test('a session is resumed, also by another listener of the same contexts', async () => {
    const first = await listenTls({ ...fallback, certificates: [a] });
    const second = await listenTls(first.tls);
    const { ticket: session } = await visit(first.port, byName('a.example'));
    for (const { port } of [first, second]) {
      const again = await visit(port, { ...byName('a.example'), ...(session && { session }) });
      expect(again.session['isResumed']).toBe(true);
    }
    expect(first.tls.stats()).toMatchObject({ handshakesDone: 3, sessionsResumed: 2 });
  });

  describe('replacing the certificates', () => {
    test('serves the new one to new connections and leaves the open ones alone', async () => {
      const { port, tls } = await listenTls(a);
      const open = await enter(port, byName('a.example'));
      tls.replace({ ...fallback, certificates: [wildcard] });
      expect((await visit(port, byName('x.b.example'))).served).toBe('*.b.example');
      expect((await visit(port, byName('a.example'))).served).toBe('default.example');
      open.socket.write('still here');
      expect(String((await once(open.socket.resume(), 'data'))[0])).toBe('still here');
    });

    test('leaves sessions alone', async () => {
      const { port, tls } = await listenTls(a);
      const { ticket: session } = await visit(port, byName('a.example'));
      tls.replace(wildcard);
      const again = await visit(port, { ...byName('a.example'), ...(session && { session }) });
      expect(again.session['isResumed']).toBe(true);
    });

    test('changes nothing when the new options are wrong', async () => {
      const { port, tls } = await listenTls(a);
      expect(() => tls.replace({ cert: a.cert, key: fallback.key })).toThrow(/is not the key of the certificate/);
      expect((await visit(port, byName('a.example'))).served).toBe('a.example');
    });
  });

  describe('a client that must prove who it is', () => {
    const clients = createCertificateAuthority('Clients');
    const alice = clients.issue(['alice.example']);
    const clientCertificates = { ca: clients.cert };
    const asClient = { ...byName('a.example') };

    test('is known by its certificate', async () => {
      const { port } = await listenTls({ ...fallback, certificates: [a], clientCertificates });
      const seen = await visit(port, { ...asClient, ...alice });
      expect(seen.session.client).toMatchObject({ verified: true, subject: 'CN=alice.example', issuer: 'CN=Clients' });
      expect(seen.session.client).toMatchObject({ dnsNames: ['alice.example'] });
    });

    test.each([
      ['none', {}],
      ['one of an authority that we do not know', createCertificateAuthority('Others').issue(['alice.example'])],
      ['one of an authority that only looks the same', createCertificateAuthority('Clients').issue(['alice.example'])],
      [
        'one that has expired',
        clients.issue(['alice.example'], { from: new Date('2020-01-01'), to: new Date('2021-01-01') }),
      ],
      [
        'one that is not valid yet',
        clients.issue(['alice.example'], { from: new Date('2048-01-01'), to: new Date('2049-01-01') }),
      ],
    ])('is refused with %s', async (_what, certificate) => {
      const { port, tls, refused } = await listenTls({ ...fallback, certificates: [a], clientCertificates });
      for (const servername of ['a.example', '']) {
        await expect(visit(port, { ...asClient, servername, ...certificate })).rejects.toThrow(refusal);
      }
      await vi.waitFor(() => expect(refused).toHaveLength(2));
      expect(new Set(refused)).toEqual(new Set(['SLUICE_HANDSHAKE_FAILED']));
      expect(tls.stats()).toMatchObject({ handshakesDone: 0, handshakesFailed: { 'client-certificate': 2 } });
    });

    test('is let in where a certificate is only requested, and told apart', async () => {
      const { port } = await listenTls({ ...a, clientCertificates: { ...clientCertificates, mode: 'request' } });
      expect((await visit(port, asClient)).session).not.toHaveProperty('client');
      const stranger = createCertificateAuthority('Others').issue(['alice.example']);
      expect((await visit(port, { ...asClient, ...stranger })).session.client).toMatchObject({
        verified: false,
        failure: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
      });
      expect((await visit(port, { ...asClient, ...alice })).session.client).toMatchObject({ verified: true });
    });

    test('keeps its identity when it resumes its session', async () => {
      const { port } = await listenTls({ ...a, clientCertificates });
      const { ticket: session } = await visit(port, { ...asClient, ...alice });
      const again = await visit(port, { ...asClient, ...(session && { session }) });
      expect(again.session).toMatchObject({ isResumed: true, client: { verified: true, dnsNames: ['alice.example'] } });
    });

    test('is refused when its certificate is revoked, also with the session of before', async () => {
      const { port, tls } = await listenTls({
        ...a,
        clientCertificates: { ...clientCertificates, crl: await createRevocationList(clients, []) },
      });
      const bob = clients.issue(['bob.example']);
      const { ticket } = await visit(port, { ...asClient, ...alice });
      tls.replace({
        ...a,
        clientCertificates: { ...clientCertificates, crl: await createRevocationList(clients, [alice]) },
      });
      const session = ticket && { session: ticket };
      await expect(visit(port, { ...asClient, ...alice, ...session })).rejects.toThrow(refusal);
      expect((await visit(port, { ...asClient, ...bob })).session.client).toMatchObject({ verified: true });
      await vi.waitFor(() => expect(tls.stats()).toMatchObject({ handshakesDone: 2, sessionsResumed: 0 }));
    });

    test('is refused with an old list of revoked certificates: it might be on the next', async () => {
      const crl = await createRevocationList(clients, [], { from: '200101000000Z', to: '200102000000Z' });
      const options = { ...a, clientCertificates: { ...clientCertificates, crl, mode: 'request' as const } };
      const { port } = await listenTls(options);
      expect((await visit(port, { ...asClient, ...alice })).session.client).toMatchObject({
        verified: false,
        failure: 'CRL_HAS_EXPIRED',
      });
    });

    test('can not resume a session when its certificate has expired meanwhile', async () => {
      const clock = createManualClock(Date.now());
      const lifetimeMs = 7 * 86_400_000;
      const options = {
        ...a,
        clock,
        clientCertificates,
        sessionTickets: { lifetimeMs, keyRotationMs: false as const },
      };
      const { port, tls } = await listenTls(options);
      const { ticket } = await visit(port, { ...asClient, ...alice });
      clock.advance(2 * 86_400_000);
      await expect(visit(port, { ...asClient, ...(ticket && { session: ticket }) })).rejects.toThrow(refusal);
      await vi.waitFor(() => expect(tls.stats().handshakesFailed).toEqual({ 'client-certificate': 1 }));
      tls.close();
    });

    test('can not resume a session that was made before certificates were asked for, or with other authorities', async () => {
      const { port, tls } = await listenTls(a);
      const { ticket: session } = await visit(port, asClient);
      const again = { ...asClient, ...(session && { session }) };
      tls.replace({ ...a, clientCertificates });
      await expect(visit(port, again)).rejects.toThrow(refusal);
      const { ticket: alices } = await visit(port, { ...asClient, ...alice });
      tls.replace({ ...a, clientCertificates: { ca: createCertificateAuthority('Others').cert } });
      await expect(visit(port, { ...asClient, ...(alices && { session: alices }) })).rejects.toThrow(refusal);
      await vi.waitFor(() => expect(tls.stats()).toMatchObject({ handshakesDone: 2, sessionsResumed: 0 }));
    });
  });
});

describe('a client that does not get through its handshake', () => {
  test('because it is too slow is closed in time', async () => {
    const clock = createManualClock();
    const { port, tls, refused } = await listenTls({ ...a, clock, handshakeTimeoutMs: 3_000 });
    const client = await connectRaw(port);
    client.send(Buffer.from('160301', 'hex'));
    await vi.waitFor(() => expect(tls.stats().handshakesOpen).toBe(1));
    clock.advance(2_999);
    client.send(Buffer.from('02', 'hex'));
    expect(tls.stats().handshakesOpen).toBe(1);
    clock.advance(1);
    expect(await client.untilClosed()).toBe('');
    expect(refused).toEqual(['SLUICE_HANDSHAKE_FAILED']);
    expect(tls.stats()).toMatchObject({ handshakesOpen: 0, handshakesFailed: { late: 1 } });
    tls.close();
    expect(clock.pendingTimers).toBe(0);
  });

  test.each([
    ['HTTP', 'GET / HTTP/1.1\r\nHost: a\r\n\r\n', 'not-tls'],
    ['SSH', 'SSH-2.0-x\r\n', 'not-tls'],
    ['zeros', '\0'.repeat(100), 'not-tls'],
    ['a broken hello', Buffer.from('16030100050100000100', 'hex'), 'malformed'],
    ['an alert', Buffer.from('15030100020100', 'hex'), 'malformed'],
  ] as const)('because it speaks %s is refused', async (_what, bytes, fault) => {
    const { port, tls, refused } = await listenTls(a);
    const client = await connectRaw(port);
    client.send(bytes);
    client.socket.end();
    await client.untilClosed();
    await vi.waitFor(() => expect(refused).toHaveLength(1));
    expect(tls.stats().handshakesOpen).toBe(0);
    expect(tls.stats().handshakesFailed).toEqual({ [fault]: 1 });
  });

  test.each(['ends', 'resets'] as const)('because it %s is counted as cut', async (how) => {
    const { port, tls, refused } = await listenTls(a);
    const client = await connectRaw(port);
    client.send(Buffer.from('16030102', 'hex'));
    await vi.waitFor(() => expect(tls.stats().handshakesOpen).toBe(1));
    if (how === 'ends') client.socket.end();
    else client.socket.resetAndDestroy();
    await vi.waitFor(() => expect(refused).toEqual(['SLUICE_HANDSHAKE_FAILED']));
    expect(tls.stats().handshakesFailed).toEqual({ cut: 1 });
  });

  test('because it does not trust our certificate is counted', async () => {
    const { port, tls } = await listenTls(a);
    await expect(
      visit(port, { ca: createCertificateAuthority('Others').cert, servername: 'a.example' }),
    ).rejects.toThrow(/unable to verify/);
    // Node's client says nothing, and leaves.
    await vi.waitFor(() => expect(tls.stats().handshakesFailed).toEqual({ cut: 1 }));
  });

  test('because it is cancelled leaves nothing behind', async () => {
    const { port, tls, scope, refused } = await listenTls(a);
    const clients = await Promise.all([connectRaw(port), connectRaw(port), connectRaw(port)]);
    await vi.waitFor(() => expect(tls.stats().handshakesOpen).toBe(3));
    scope.abort(new Error('closing'));
    for (const client of clients) expect(await client.untilClosed()).toBe('');
    expect(refused).toEqual(['Error: closing', 'Error: closing', 'Error: closing']);
    expect(tls.stats()).toMatchObject({ handshakesOpen: 0, handshakesDone: 0, handshakesFailed: {} });
  });
});
