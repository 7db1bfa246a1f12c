// Sessions that are resumed: keys that change, that are shared by listeners which know nothing of each other, and what may not be resumed.

import { connect } from 'node:tls';
import { createManualClock } from '@sluice/core';
import { createTlsContexts, type TlsContextsOptions } from '@sluice/l4';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { expectNoResourcesLeft } from '../support/active-resources.ts';
import { createCertificateAuthority } from '../support/certificates.ts';
import { connectRaw } from '../support/raw-client.ts';
import { listenTls, visit, type TlsListener } from '../support/tls-listener.ts';

beforeEach(expectNoResourcesLeft);

const authority = createCertificateAuthority();
const a = authority.issue(['a.example']);
const b = authority.issue(['b.example']);
const secret = 'a secret of 32 characters, at least.';

describe.each(['TLSv1.2', 'TLSv1.3'] as const)('over %s', (maxVersion) => {
  /** Comes back with the session of an earlier visit. @returns whether it was resumed, as both sides see it */
  async function comeBack({ port }: TlsListener, session: Buffer | undefined): Promise<boolean> {
    const again = await visit(port, { ...client, ...(session && { session }) });
    expect(again.session['isResumed']).toBe(again.isResumed);
    return again.isResumed;
  }

  const client = { ca: authority.cert, servername: 'b.example', maxVersion };
  const comeFirst = async ({ port }: TlsListener): Promise<Buffer | undefined> => (await visit(port, client)).ticket;
  const listen = (options: Partial<TlsContextsOptions>) => listenTls({ ...a, certificates: [b], ...options });

  test('sessions are resumed across a change of keys, for as long as they last', async () => {
    const clock = createManualClock();
    const listener = await listen({ clock, sessionTickets: { keyRotationMs: 100_000, lifetimeMs: 60_000 } });
    const first = await comeFirst(listener);
    clock.advance(100_000);
    expect(await comeBack(listener, first)).toBe(true);
    const second = await comeFirst(listener);
    expect(await comeBack(listener, second)).toBe(true);
    clock.advance(60_000);
    expect([await comeBack(listener, first), await comeBack(listener, second)]).toEqual([false, true]);
    clock.advance(400_000);
    expect(await comeBack(listener, second)).toBe(false);
    expect(listener.tls.stats()).toMatchObject({ handshakesDone: 7, sessionsResumed: 3, handshakesFailed: {} });
    listener.tls.close();
    expect(clock.pendingTimers).toBe(0);
  });

  test('listeners with the same secret resume the sessions of each other, also those of the time before they started', async () => {
    const options = { sessionTickets: { secret, keyRotationMs: 100_000, lifetimeMs: 60_000 } };
    const clock = createManualClock(95_000);
    const early = await listen({ ...options, clock });
    const first = await comeFirst(early);
    clock.advance(10_000);
    const late = await listen({ ...options, clock: createManualClock(105_000) });
    expect(await comeBack(late, first)).toBe(true);
    expect(await comeBack(early, await comeFirst(late))).toBe(true);
    const stranger = await listen({ sessionTickets: { ...options.sessionTickets, secret: Buffer.alloc(32) } });
    expect(await comeBack(stranger, first)).toBe(false);
  });

  test('keys of a function encrypt and decrypt', async () => {
    const [one, two] = [Buffer.alloc(48, 1), Buffer.alloc(48, 2)];
    const lists: Buffer[][] = [[one], [two, one]];
    const clock = createManualClock();
    const listener = await listen({
      clock,
      sessionTickets: { keys: () => lists.shift() ?? [], keyRotationMs: 1_000 },
    });
    const other = await listen({ sessionTickets: { keys: async () => [two] } });
    const first = await comeFirst(listener);
    clock.advance(1_000);
    expect(await comeBack(listener, first)).toBe(true);
    expect(await comeBack(other, first)).toBe(false);
    expect(await comeBack(other, await comeFirst(listener))).toBe(true);
    const onFailed = vi.fn<(event: { error: unknown }) => void>();
    listener.tls.on('ticket-keys-failed', onFailed);
    clock.advance(1_000);
    await vi.waitFor(() => expect(onFailed).toHaveBeenCalledOnce());
    expect(await comeBack(listener, first)).toBe(true);
  });

  test('nothing is resumed when that is not wanted', async () => {
    const listener = await listen({ sessionTickets: false });
    expect(await comeBack(listener, await comeFirst(listener))).toBe(false);
  });

  test('who must show a certificate can not come with the session of a listener that asks for none', async () => {
    const sessionTickets = { secret };
    const open = await listen({ sessionTickets });
    const closed = await listen({ sessionTickets, clientCertificates: { ca: authority.cert } });
    await expect(comeBack(closed, await comeFirst(open))).rejects.toThrow(/alert|without a word|hang up|disconnected/);
    await vi.waitFor(() => expect(closed.tls.stats().handshakesFailed).toEqual({ 'client-certificate': 1 }));
  });

  test('who was refused can not come back with the session of the refusal', async () => {
    const listener = await listen({ clientCertificates: { ca: authority.cert } });
    const stranger = createCertificateAuthority('Others').issue(['stranger.example']);
    let session: Buffer | undefined;
    for (let round = 0; round < 2; round++) {
      const socket = connect({
        host: '127.0.0.1',
        port: listener.port,
        ...client,
        ...stranger,
        ...(session && { session }),
      });
      socket.on('session', (ticket: Buffer) => (session = ticket)).on('error', () => {});
      await new Promise((resolve) => socket.on('close', resolve));
    }
    await vi.waitFor(() => expect(listener.tls.stats().handshakesFailed).toEqual({ 'client-certificate': 2 }));
    expect(listener.tls.stats().handshakesDone).toBe(0);
  });
});

describe('while there are older keys', () => {
  async function rotated(options: Partial<TlsContextsOptions> = {}) {
    const clock = createManualClock();
    const tls = createTlsContexts({
      ...a,
      clock,
      sessionTickets: { keyRotationMs: 1_000 },
      handshakeTimeoutMs: 500,
      ...options,
    });
    const listener = await listenTls(tls);
    clock.advance(1_000);
    return { clock, ...listener };
  }

  test('a client that says nothing, or not all, is closed in time', async () => {
    const { clock, port, tls } = await rotated();
    const silent = await connectRaw(port);
    const slow = await connectRaw(port);
    slow.send(Buffer.from('1603010200', 'hex'));
    await vi.waitFor(() => expect(tls.stats().handshakesOpen).toBe(2));
    // The bytes may still be on their way: the limit is of the handshake, not of a pause.
    clock.advance(500);
    for (const client of [silent, slow]) expect(await client.untilClosed()).toBe('');
    expect(tls.stats().handshakesFailed).toEqual({ late: 2 });
  });

  test.each(['ends', 'resets'] as const)('a client that %s is counted', async (how) => {
    const { port, tls } = await rotated();
    const client = await connectRaw(port);
    client.send(Buffer.from('1603010200', 'hex'));
    await vi.waitFor(() => expect(tls.stats().handshakesOpen).toBe(1));
    if (how === 'ends') client.socket.end();
    else client.socket.resetAndDestroy();
    await client.untilClosed();
    await vi.waitFor(() => expect(tls.stats()).toMatchObject({ handshakesOpen: 0, handshakesFailed: { cut: 1 } }));
  });

  test('something else than TLS is refused as ever', async () => {
    const { port, tls } = await rotated();
    const client = await connectRaw(port);
    client.send('GET / HTTP/1.1\r\n\r\n');
    await client.untilClosed();
    expect(tls.stats().handshakesFailed).toEqual({ 'not-tls': 1 });
  });

  test('handshakes can be cancelled', async () => {
    const { port, tls, scope, refused } = await rotated();
    const client = await connectRaw(port);
    await vi.waitFor(() => expect(tls.stats().handshakesOpen).toBe(1));
    scope.abort(new Error('closing'));
    expect(await client.untilClosed()).toBe('');
    expect(refused).toEqual(['Error: closing']);
    expect(tls.stats()).toMatchObject({ handshakesOpen: 0, handshakesFailed: {} });
  });
});

describe('replacing options', () => {
  test('keeps the keys, unless they come from somewhere else', async () => {
    const listener = await listenTls(a);
    const client = { ca: authority.cert, servername: 'a.example' };
    const { ticket } = await visit(listener.port, client);
    const again = { ...client, ...(ticket && { session: ticket }) };
    for (const sessionTickets of [{}, { secret }, { keys: () => [Buffer.alloc(48)] }, { secret }]) {
      listener.tls.replace({ ...a, sessionTickets });
      expect((await visit(listener.port, again)).isResumed).toBe(true);
    }
    listener.tls.replace({ ...a, sessionTickets: false });
    expect((await visit(listener.port, again)).isResumed).toBe(false);
  });
});
