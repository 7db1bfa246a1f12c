// Dialling over TCP and Unix sockets: both address families, the limit, cancellation in each phase, the socket. TLS is dial-tls.test.ts.

import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { networkInterfaces } from 'node:os';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { createAbortScope, createManualClock, parseEndpointAddress, type Cancellation } from '@sluice/core';
import { createDialer, dial } from '@sluice/l4';
import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { expectNoResourcesLeft } from '../support/active-resources.ts';
import { openFullBacklog } from '../support/full-backlog.ts';
import { createSocketPath, startRawServer, whenClosed } from '../support/raw-server.ts';

beforeEach(expectNoResourcesLeft);

const hasIpv6 = Object.values(networkInterfaces()).some((list) => list?.some(({ address }) => address === '::1'));

function closedAfterwards(socket: Socket): Socket {
  onTestFinished(() => void socket.destroy());
  return socket;
}

/** A port where nobody listens. */
async function findClosedPort(host = '127.0.0.1'): Promise<number> {
  const server = await startRawServer({ host });
  await server.close();
  return server.port;
}

describe('a connection', () => {
  test('is opened to a TCP address, both ways', async () => {
    const server = await startRawServer();
    const socket = closedAfterwards(await dial(`127.0.0.1:${server.port}`));
    const peer = await server.accept();
    socket.write('ping');
    expect(String((await once(peer, 'data'))[0])).toBe('ping');
    peer.write('pong');
    expect(String((await once(socket, 'data'))[0])).toBe('pong');
  });

  test('is opened to a Unix socket', async () => {
    const path = createSocketPath();
    const server = await startRawServer({ path });
    const socket = closedAfterwards(await dial(`unix:${path}`));
    const peer = await server.accept();
    peer.write('hello');
    expect(String((await once(socket, 'data'))[0])).toBe('hello');
  });

  test.for([
    { host: '127.0.0.1', family: 'IPv4' },
    { host: '::1', family: 'IPv6' },
  ])('to localhost reaches a server that listens on $host only', async ({ host, family }, { skip }) => {
    skip(family === 'IPv6' && !hasIpv6, 'this machine has no IPv6');
    const server = await startRawServer({ host, ipv6Only: family === 'IPv6' });
    const socket = closedAfterwards(await dial(`localhost:${server.port}`));
    await server.accept();
    expect(socket.remoteFamily).toBe(family);
  });

  test('to a name goes on to the next address when the first one does not answer', async ({ skip }) => {
    skip(!hasIpv6, 'this machine has no IPv6');
    const port = await openFullBacklog('::1');
    const server = await startRawServer({ host: '127.0.0.1', port });
    const clock = createManualClock();
    const socket = closedAfterwards(await dial(`localhost:${port}`, { clock, connectTimeoutMs: 1_000 }));
    await server.accept();
    expect(socket.remoteAddress).toBe('127.0.0.1');
  });

  test('survives a reset that nobody listens for', async () => {
    const server = await startRawServer();
    const socket = await dial(`127.0.0.1:${server.port}`);
    const peer = await server.accept();
    peer.resetAndDestroy();
    await whenClosed(socket.resume());
    expect(socket.errored).toMatchObject({ code: 'ECONNRESET' });
  });

  test('stays open for writing when the endpoint has ended its side', async () => {
    const server = await startRawServer();
    const socket = closedAfterwards(await dial(`127.0.0.1:${server.port}`));
    const peer = await server.accept();
    peer.end();
    await once(socket.resume(), 'end');
    socket.end('still here');
    expect(String((await once(peer, 'data'))[0])).toBe('still here');
  });
});

describe('reads into memory of the caller', () => {
  test('come by its callback and not as data events', async () => {
    const server = await startRawServer();
    const buffer = Buffer.alloc(1024);
    let text = '';
    const onRead = {
      buffer,
      callback: (bytesRead: number, filled: Uint8Array) => {
        expect(filled).toBe(buffer);
        text += buffer.toString('latin1', 0, bytesRead);
        return true;
      },
    };
    const socket = closedAfterwards(await dial(`localhost:${server.port}`, { onRead }));
    const onData = vi.fn<(chunk: Buffer) => void>();
    socket.on('data', onData);
    (await server.accept()).end('hello');
    await once(socket, 'end');
    expect(text).toBe('hello');
    expect(onData).not.toHaveBeenCalled();
  });

  test('stop when the callback says so, and go on into another buffer after resume()', async () => {
    const server = await startRawServer();
    const buffers = [Buffer.alloc(4), Buffer.alloc(8)];
    const reads: string[] = [];
    let current = 0;
    const onRead = {
      buffer: () => buffers[current] ?? Buffer.alloc(1),
      callback: (bytesRead: number, filled: Uint8Array) => {
        reads.push(Buffer.from(filled.buffer, filled.byteOffset, bytesRead).toString());
        current = 1;
        return false;
      },
    };
    const socket = closedAfterwards(await dial(`127.0.0.1:${server.port}`, { onRead }));
    const peer = await server.accept();
    peer.end('0123456789');
    await vi.waitFor(() => expect(reads).toEqual(['0123']));
    await nextTurn();
    expect(reads).toEqual(['0123']);
    socket.resume();
    await vi.waitFor(() => expect(reads.join('')).toBe('0123456789'));
  });
});

describe('a failed connect', () => {
  test('to a port where nobody listens is refused, and may be repeated elsewhere', async () => {
    const port = await findClosedPort();
    await expect(dial(`http://127.0.0.1:${port}`)).rejects.toMatchObject({
      code: 'SLUICE_CONNECT_REFUSED',
      source: 'upstream',
      stage: 'connect',
      retry: 'safe',
      message: `http://127.0.0.1:${port} refused the connection: 127.0.0.1 ECONNREFUSED`,
      cause: { code: 'ECONNREFUSED' },
    });
  });

  test('to a name names each address that was tried', async () => {
    const port = await findClosedPort('localhost');
    const error: unknown = await dial(`localhost:${port}`).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'SLUICE_CONNECT_REFUSED', cause: { name: 'AggregateError' } });
    expect(String(error)).toMatch(/::1 E\w+, 127\.0\.0\.1 ECONNREFUSED$/);
  });

  test('to a Unix socket that is not there, or that nobody listens on, is refused', async () => {
    const path = createSocketPath();
    await expect(dial(`unix:${path}`)).rejects.toMatchObject({ code: 'SLUICE_CONNECT_REFUSED' });
    writeFileSync(path, '');
    await expect(dial(`unix:${path}`)).rejects.toMatchObject({ code: 'SLUICE_CONNECT_REFUSED' });
  });

  test('of any other kind is a failure, and may be repeated elsewhere', async () => {
    const file = createSocketPath();
    writeFileSync(file, '');
    await expect(dial(`unix:${file}/below-a-file`)).rejects.toMatchObject({
      code: 'SLUICE_CONNECT_FAILED',
      retry: 'safe',
    });
  });
});

describe('the limit', () => {
  test('ends a connect that nobody answers, and says what was missing', async () => {
    const port = await openFullBacklog();
    const clock = createManualClock();
    const dialling = createDialer({ clock }).dial({ address: parseEndpointAddress(`127.0.0.1:${port}`) });
    const outcome = vi.fn<(reason: unknown) => void>();
    const settled = dialling.then(outcome, outcome);
    await nextTurn();
    clock.advance(4_999);
    await nextTurn();
    expect(outcome).not.toHaveBeenCalled();
    clock.advance(1);
    await settled;
    expect(outcome.mock.lastCall?.[0]).toMatchObject({
      code: 'SLUICE_CONNECT_TIMEOUT',
      message: `no connection to 127.0.0.1:${port} within 5000 ms`,
      retry: 'safe',
    });
    expect(clock.pendingTimers).toBe(0);
  });

  test('of a request goes before that of the dialer', async () => {
    const port = await openFullBacklog();
    const clock = createManualClock();
    const address = parseEndpointAddress(`127.0.0.1:${port}`);
    const dialling = createDialer({ clock, connectTimeoutMs: false }).dial({ address, connectTimeoutMs: 70 });
    clock.advance(70);
    await expect(dialling).rejects.toThrow('within 70 ms');
  });

  test('that is false waits without a timer', async () => {
    const server = await startRawServer();
    const clock = createManualClock();
    const dialling = dial(`127.0.0.1:${server.port}`, { clock, connectTimeoutMs: false });
    expect(clock.pendingTimers).toBe(0);
    closedAfterwards(await dialling);
  });

  test('is no more once the connection stands', async () => {
    const server = await startRawServer();
    const clock = createManualClock();
    const socket = closedAfterwards(await dial(`127.0.0.1:${server.port}`, { clock }));
    expect(clock.pendingTimers).toBe(0);
    clock.advance(10_000);
    expect(socket.destroyed).toBe(false);
  });
});

describe('a cancellation', () => {
  const reason = new Error('the client went away');

  test('before the dial opens nothing', async () => {
    const server = await startRawServer();
    await expect(dial(`127.0.0.1:${server.port}`, { cancellation: AbortSignal.abort(reason) })).rejects.toBe(reason);
    const probe = closedAfterwards(connect(server.port, '127.0.0.1'));
    probe.write('probe');
    // The server takes connections in their order, so there was none before this one.
    expect(String((await once(await server.accept(), 'data'))[0])).toBe('probe');
  });

  test('while the name is looked up ends the dial with its reason', async () => {
    const server = await startRawServer();
    const controller = new AbortController();
    const dialling = dial(`localhost:${server.port}`, { cancellation: controller.signal });
    controller.abort(reason);
    await expect(dialling).rejects.toBe(reason);
  });

  test('while nobody answers ends the dial with its reason, and its timer', async () => {
    const port = await openFullBacklog();
    const clock = createManualClock();
    const scope = createAbortScope();
    const dialling = dial(`127.0.0.1:${port}`, { clock, cancellation: scope });
    await nextTurn();
    scope.abort(reason);
    await expect(dialling).rejects.toBe(reason);
    expect(clock.pendingTimers).toBe(0);
  });

  test('afterwards does nothing to the socket, and nothing listens for it any more', async () => {
    const server = await startRawServer();
    const scope = createAbortScope();
    const forget = vi.fn<() => void>();
    const cancellation: Cancellation = {
      aborted: false,
      reason: undefined,
      signal: scope.signal,
      onAbort: (listener) => {
        const off = scope.onAbort(listener);
        return () => (off(), forget());
      },
    };
    const socket = closedAfterwards(await dial(`127.0.0.1:${server.port}`, { cancellation }));
    expect(forget).toHaveBeenCalledOnce();
    scope.abort(reason);
    await nextTurn();
    expect(socket.destroyed).toBe(false);
  });
});
