// TLS on the proxy's own listener, on both fronts: shared contexts, certificates of clients, what middleware sees, and what a bad client costs.

import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { connect, type ConnectionOptions } from 'node:tls';
import { createManualClock } from '@sluice/core';
import { createProxy, createResponse, type ListenOptions } from '@sluice/http';
import { createTlsContexts } from '@sluice/l4';
import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { expectNoResourcesLeft } from '../support/active-resources.ts';
import { createCertificateAuthority } from '../support/certificates.ts';
import { connectRaw } from '../support/raw-client.ts';
import { createSocketPath } from '../support/raw-server.ts';

beforeEach(expectNoResourcesLeft);

const authority = createCertificateAuthority();
const ca = authority.cert;
const a = authority.issue(['a.example']);
const b = authority.issue(['b.example']);

/** A proxy whose middleware answers with what it knows of the connection. */
async function listen(options: ListenOptions) {
  const proxy = createProxy({
    to: 'http://127.0.0.1:9',
    middleware: [({ connection }) => createResponse({ body: JSON.stringify(connection.tls ?? null) })],
  });
  onTestFinished(() => proxy.close());
  return { proxy, listening: await proxy.listen(options) };
}

/** Asks once and says what middleware knew. */
async function ask(where: ConnectionOptions): Promise<Record<string, unknown>> {
  const socket = connect({ host: '127.0.0.1', ca, ...where });
  onTestFinished(() => void socket.destroy());
  await once(socket, 'secureConnect');
  socket.write('GET / HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n\r\n');
  const answer = await text(socket);
  return JSON.parse(answer.slice(answer.indexOf('\r\n\r\n') + 4)) as Record<string, unknown>;
}

describe.each(['wire', 'node'] as const)('front %s', (front) => {
  test('tells middleware what was agreed on', async () => {
    const { listening } = await listen({ front, tls: { ...a, certificates: [b] } });
    expect(
      await ask({ port: listening.port, servername: 'b.example', ALPNProtocols: ['h2', 'http/1.1'] }),
    ).toMatchObject({
      serverName: 'b.example',
      alpnProtocol: 'http/1.1',
      version: 'TLSv1.3',
      isResumed: false,
    });
    expect(listening.stats()).toMatchObject({ connectionsAccepted: 1, tls: { handshakesDone: 1 } });
  });

  test('tells middleware nothing where there is no TLS', async () => {
    const { listening } = await listen({ front });
    expect(listening.stats().tls).toBeUndefined();
    const client = await connectRaw(listening.port);
    client.send('GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
    expect(await client.untilClosed()).toMatch(/null$/);
  });

  test('shares contexts with other listeners, which change all at once', async () => {
    const tls = createTlsContexts(a);
    const { listening: first } = await listen({ front, tls });
    const { listening: second } = await listen({ front, tls });
    for (const { port } of [first, second]) await ask({ port, servername: 'a.example' });
    tls.replace(b);
    for (const { port } of [first, second]) await ask({ port, servername: 'b.example' });
    expect(tls.stats()).toMatchObject({ handshakesDone: 4, handshakesFailed: {} });
  });

  test('lets in whom its authorities know, and says who it is', async () => {
    const clientCertificates = { ca: createCertificateAuthority('Nobody').cert };
    const { listening, proxy } = await listen({ front, tls: { ...a, clientCertificates: { ca } } });
    expect(await ask({ port: listening.port, servername: 'a.example', ...b })).toMatchObject({
      client: { verified: true, dnsNames: ['b.example'] },
    });
    const { listening: strict } = await listen({ front, tls: { ...a, clientCertificates } });
    await expect(ask({ port: strict.port, servername: 'a.example', ...b })).rejects.toThrow(
      /JSON|hang up|ECONNRESET|EPIPE/,
    );
    expect(strict.stats()).toMatchObject({
      requestsRefused: { SLUICE_HANDSHAKE_FAILED: 1 },
      tls: { handshakesFailed: { 'client-certificate': 1 } },
    });
    expect(proxy.stats().exchangesBegun).toBe(1);
  });

  test('counts and closes a client that speaks plain HTTP', async () => {
    const { listening } = await listen({ front, tls: a });
    const client = await connectRaw(listening.port);
    client.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    await client.untilClosed();
    await vi.waitFor(() => expect(listening.stats().connectionsOpen).toBe(0));
    expect(listening.stats()).toMatchObject({ tls: { handshakesFailed: { 'not-tls': 1 } } });
  });

  test('serves TLS on a Unix socket', async () => {
    const path = createSocketPath();
    await listen({ front, path, tls: a });
    expect(await ask({ path, servername: 'a.example' })).toMatchObject({ serverName: 'a.example' });
  });

  test('closes with handshakes under way, and leaves nothing', async () => {
    const { listening, proxy } = await listen({ front, tls: a });
    const clients = await Promise.all([connectRaw(listening.port), connectRaw(listening.port)]);
    await vi.waitFor(() => expect(listening.stats().tls?.handshakesOpen).toBe(2));
    await proxy.close();
    for (const client of clients) expect(await client.untilClosed()).toBe('');
    expect(listening.stats()).toMatchObject({ connectionsOpen: 0, tls: { handshakesOpen: 0 } });
  });

  test('ends what it has made itself, also when it can not listen', async () => {
    const clock = createManualClock();
    const { listening, proxy } = await listen({ front, tls: { ...a, clock } });
    const { pendingTimers } = clock;
    expect(pendingTimers).toBeGreaterThan(0);
    await expect(proxy.listen({ front, port: listening.port, tls: { ...a, clock } })).rejects.toThrow(/EADDRINUSE/);
    await proxy.close();
    expect(clock.pendingTimers).toBe(0);
  });

  test('says everything that is wrong with its certificates', async () => {
    await expect(listen({ front, tls: { cert: a.cert, key: b.key, certificates: [{}] } })).rejects.toThrow(
      /tls\.key is not the key .*tls\.certificates\[0\]\.cert is missing/s,
    );
  });
});
