// Two connections joined: bytes, ends, resets, slow readers and time, over TCP, Unix sockets and TLS.

import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { connect as connectTls } from 'node:tls';
import { createAbortScope, createManualClock } from '@sluice/core';
import { dial, splice, type SpliceOptions, type SpliceResult } from '@sluice/l4';
import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { expectNoResourcesLeft } from '../support/active-resources.ts';
import { createCertificateAuthority } from '../support/certificates.ts';
import { createSocketPath, startRawServer, startRawTlsServer, whenClosed } from '../support/raw-server.ts';

beforeEach(expectNoResourcesLeft);

/** A client and an origin, with two connections in between that are not joined yet. */
interface Ends {
  readonly client: Socket;
  readonly downstream: Socket;
  readonly upstream: Socket;
  readonly origin: Socket;
}

async function openEnds(): Promise<Ends> {
  const [front, back] = await Promise.all([startRawServer(), startRawServer()]);
  const client = survivingErrors(connect({ port: front.port, host: '127.0.0.1', allowHalfOpen: true }));
  const [downstream, upstream, origin] = await Promise.all([
    front.accept(),
    dial(`127.0.0.1:${back.port}`),
    back.accept(),
  ]);
  onTestFinished(() => void upstream.destroy());
  return { client, downstream, upstream, origin };
}

function survivingErrors<S extends Socket>(socket: S): S {
  onTestFinished(() => void socket.destroy());
  return socket.on('error', () => {});
}

async function openSplice(options?: SpliceOptions): Promise<Ends & { readonly result: Promise<SpliceResult> }> {
  const ends = await openEnds();
  return { ...ends, result: splice(ends.downstream, ends.upstream, options) };
}

/** Everything until the end. By events: iterating over a socket destroys it at its end on Node 22, the writing side too. */
async function readAll(socket: Socket): Promise<string> {
  let text = '';
  socket.on('data', (chunk: Buffer) => (text += String(chunk)));
  await once(socket, 'end');
  return text;
}

async function read(socket: Socket): Promise<string> {
  return String((await once(socket, 'data'))[0]);
}

function countListeners(stream: Duplex): Record<string, number> {
  return Object.fromEntries(stream.eventNames().map((name) => [String(name), stream.listenerCount(name)]));
}

describe('bytes', () => {
  test('go both ways and are counted', async () => {
    const { client, origin, result } = await openSplice();
    client.write('four');
    expect(await read(origin)).toBe('four');
    origin.write('sixsix');
    expect(await read(client)).toBe('sixsix');
    client.end();
    origin.end();
    expect(await result).toEqual({ bytesForward: 4, bytesBackward: 6, ended: 'both-ended' });
  });

  test('that were put back into a stream go first', async () => {
    const { client, downstream, upstream, origin } = await openEnds();
    downstream.unshift(Buffer.from('early '));
    upstream.unshift(Buffer.from('first '));
    const result = splice(downstream, upstream);
    client.end('late');
    expect(await readAll(origin)).toBe('early late');
    origin.end('second');
    expect(await readAll(client)).toBe('first second');
    expect(await result).toMatchObject({ bytesForward: 10, bytesBackward: 12 });
  });

  test('that came before the splice are not lost, also on a paused stream', async () => {
    const { client, downstream, upstream, origin } = await openEnds();
    client.write('waiting');
    downstream.pause();
    await vi.waitFor(() => expect(downstream.readableLength).toBe(7));
    const result = splice(downstream, upstream);
    expect(await read(origin)).toBe('waiting');
    client.end();
    origin.end();
    expect(await result).toMatchObject({ ended: 'both-ended' });
  });

  test('wait in the origin while the client does not read: 64 MiB pass through bounded memory', async () => {
    const { client, downstream, upstream, origin, result } = await openSplice();
    const chunk = Buffer.alloc(64 * 1024, 'sluice');
    const chunks = 1024;
    const sent = createHash('sha256');
    const feed = (async () => {
      for (let index = 0; index < chunks; index++) {
        chunk.writeUInt32BE(index);
        const copy = Buffer.from(chunk);
        sent.update(copy);
        if (!origin.write(copy)) await once(origin, 'drain');
      }
      origin.end();
    })();
    await vi.waitFor(() => expect(upstream.isPaused()).toBe(true));
    const held = downstream.writableLength + upstream.readableLength;
    expect(held).toBeGreaterThan(0);
    let mostHeld = held;
    const received = createHash('sha256');
    let bytes = 0;
    client.on('data', (part: Buffer) => {
      received.update(part);
      bytes += part.byteLength;
      mostHeld = Math.max(mostHeld, downstream.writableLength + upstream.readableLength);
    });
    await Promise.all([feed, once(client, 'end')]);
    client.end();
    expect(await result).toMatchObject({ ended: 'both-ended', bytesBackward: chunks * chunk.byteLength });
    expect(bytes).toBe(chunks * chunk.byteLength);
    expect(received.digest('hex')).toBe(sent.digest('hex'));
    // One chunk beyond the buffer of each stream, at most.
    expect(mostHeld).toBeLessThanOrEqual(4 * 64 * 1024);
  });
});

describe('an end', () => {
  test('of the client leaves the other direction open', async () => {
    const { client, origin, result } = await openSplice();
    client.end('the question');
    expect(await readAll(origin)).toBe('the question');
    origin.write('the ');
    expect(await read(client)).toBe('the ');
    origin.end('answer');
    expect(await readAll(client)).toBe('answer');
    expect(await result).toEqual({ bytesForward: 12, bytesBackward: 10, ended: 'both-ended' });
  });

  test('of the origin leaves the other direction open', async () => {
    const { client, origin, result } = await openSplice();
    origin.end('greetings');
    expect(await readAll(client)).toBe('greetings');
    client.end('goodbye');
    expect(await readAll(origin)).toBe('goodbye');
    expect(await result).toMatchObject({ ended: 'both-ended' });
  });

  test('leaves the other direction open also on sockets that were not made for it', async () => {
    const { client, downstream, upstream, origin } = await openEnds();
    downstream.allowHalfOpen = false;
    upstream.allowHalfOpen = false;
    const result = splice(downstream, upstream);
    client.end('the question');
    expect(await readAll(origin)).toBe('the question');
    origin.end('the answer');
    expect(await readAll(client)).toBe('the answer');
    expect(await result).toMatchObject({ ended: 'both-ended' });
  });

  test('that came before the splice is passed on', async () => {
    const { client, downstream, upstream, origin } = await openEnds();
    client.end();
    await once(downstream.resume(), 'end');
    const result = splice(downstream, upstream);
    await once(origin.resume(), 'end');
    origin.end('the answer');
    expect(await readAll(client)).toBe('the answer');
    expect(await result).toMatchObject({ ended: 'both-ended', bytesForward: 0, bytesBackward: 10 });
  });

  test.each([0, 4_000_000])('of both sides at once is one for both peers, behind all of %d bytes', async (bytes) => {
    const { client, downstream, upstream, origin } = await openEnds();
    const sent = 'x'.repeat(bytes);
    // Both have ended before anybody looks, so that both ends may be found in one turn.
    const received = Promise.all([readAll(client), readAll(origin)]);
    client.end(sent);
    origin.end(sent);
    const result = splice(downstream, upstream);
    expect((await received).map((text) => text.length)).toEqual([bytes, bytes]);
    await Promise.all([whenClosed(client), whenClosed(origin)]);
    expect([client.errored, origin.errored]).toEqual([null, null]);
    expect(await result).toEqual({ bytesForward: bytes, bytesBackward: bytes, ended: 'both-ended' });
  });

  test('of both sides closes both streams and leaves no listener behind', async () => {
    const { client, downstream, upstream, origin } = await openEnds();
    const before = [countListeners(downstream), countListeners(upstream)];
    const result = splice(downstream, upstream);
    client.end();
    origin.end();
    await result;
    expect([downstream.closed, upstream.closed]).toEqual([true, true]);
    expect([countListeners(downstream), countListeners(upstream)]).toEqual(before);
  });
});

describe('an error', () => {
  test.each(['downstream', 'upstream'] as const)('of the %s side resets the other one', async (side) => {
    const { client, downstream, upstream, origin } = await openEnds();
    const before = [countListeners(downstream), countListeners(upstream)];
    const result = splice(downstream, upstream);
    const [failing, other] = side === 'downstream' ? [client, origin] : [origin, client];
    failing.resetAndDestroy();
    await whenClosed(other.resume());
    expect(other.errored).toMatchObject({ code: 'ECONNRESET' });
    expect(await result).toMatchObject({ ended: 'error', side, error: { code: 'ECONNRESET' } });
    expect([downstream.closed, upstream.closed]).toEqual([true, true]);
    expect([countListeners(downstream), countListeners(upstream)]).toEqual(before);
  });

  test('of both sides at once counts once, and the first one is told', async () => {
    const { downstream, upstream, result } = await openSplice();
    const [first, second] = [new Error('first'), new Error('second')];
    upstream.destroy(first);
    downstream.destroy(second);
    expect(await result).toMatchObject({ ended: 'error', error: first, side: 'upstream' });
  });

  test('behind the end of one direction still cuts the other one', async () => {
    const { client, origin, result } = await openSplice();
    client.end('the question');
    expect(await readAll(origin)).toBe('the question');
    origin.resetAndDestroy();
    await whenClosed(client.resume());
    expect(client.errored).toMatchObject({ code: 'ECONNRESET' });
    expect(await result).toMatchObject({ ended: 'error', side: 'upstream' });
  });

  test('is also a stream that its owner destroys without one', async () => {
    const { downstream, origin, result } = await openSplice();
    downstream.destroy();
    await whenClosed(origin.resume());
    expect(await result).toMatchObject({
      ended: 'error',
      side: 'downstream',
      error: { message: 'the downstream stream was closed before it had ended' },
    });
  });

  test.each(['a moment ago', 'long ago'])('is also a stream that was destroyed %s', async (when) => {
    const { downstream, upstream, client, origin } = await openEnds();
    const cause = new Error('broken');
    upstream.destroy(cause);
    if (when === 'long ago') await whenClosed(upstream);
    const before = countListeners(downstream);
    expect(await splice(downstream, upstream)).toEqual({
      bytesForward: 0,
      bytesBackward: 0,
      ended: 'error',
      error: cause,
      side: 'upstream',
    });
    await Promise.all([whenClosed(client.resume()), whenClosed(origin.resume().end())]);
    expect(countListeners(downstream)).toEqual(before);
  });

  test('is told when both streams were destroyed before', async () => {
    const { downstream, upstream } = await openEnds();
    downstream.destroy();
    upstream.destroy();
    expect(await splice(downstream, upstream)).toMatchObject({ ended: 'error', side: 'downstream' });
  });

  test('closes a Unix socket, which has no reset', async () => {
    const path = createSocketPath();
    const server = await startRawServer({ path });
    const { client, downstream } = await openEnds();
    const upstream = await dial(`unix:${path}`);
    const origin = await server.accept();
    const result = splice(downstream, upstream);
    client.resetAndDestroy();
    await once(origin.resume(), 'end');
    expect(await result).toMatchObject({ ended: 'error', side: 'downstream' });
  });

  test('is also a wrong option: both streams are closed and nothing is thrown', async () => {
    const { client, origin, result } = await openSplice({ idleTimeoutMs: -1 });
    expect(await result).toMatchObject({ ended: 'error', error: { code: 'SLUICE_OPTIONS_INVALID' } });
    await Promise.all([whenClosed(client.resume()), whenClosed(origin.resume())]);
  });
});

describe('a cancellation', () => {
  test('resets both sides', async () => {
    const scope = createAbortScope();
    const clock = createManualClock();
    const { client, origin, result } = await openSplice({ cancellation: scope, clock });
    const reason = new Error('shutting down');
    scope.abort(reason);
    await Promise.all([whenClosed(client.resume()), whenClosed(origin.resume())]);
    expect([client.errored, origin.errored]).toMatchObject([{ code: 'ECONNRESET' }, { code: 'ECONNRESET' }]);
    expect(await result).toEqual({ bytesForward: 0, bytesBackward: 0, ended: 'cancelled', error: reason });
    expect(clock.pendingTimers).toBe(0);
  });

  test('before the splice moves nothing', async () => {
    const { client, downstream, upstream } = await openEnds();
    client.write('too late');
    expect(await splice(downstream, upstream, { cancellation: AbortSignal.abort('gone') })).toEqual({
      bytesForward: 0,
      bytesBackward: 0,
      ended: 'cancelled',
    });
    expect([downstream.closed, upstream.closed]).toEqual([true, true]);
  });

  test('afterwards finds no listener', async () => {
    const controller = new AbortController();
    const { client, origin, result } = await openSplice({ cancellation: controller.signal });
    client.end();
    origin.end();
    expect(await result).toMatchObject({ ended: 'both-ended' });
    controller.abort();
    await nextTurn();
  });
});

describe('the idle timeout', () => {
  test('closes both sides when no byte moves in either direction', async () => {
    const clock = createManualClock();
    const { client, origin, result } = await openSplice({ idleTimeoutMs: 1_000, clock });
    clock.advance(999);
    client.write('x');
    await read(origin);
    clock.advance(999);
    origin.write('y');
    await read(client);
    clock.advance(999);
    expect(client.closed).toBe(false);
    clock.advance(1);
    await Promise.all([once(client.resume(), 'end'), once(origin.resume(), 'end')]);
    expect(await result).toMatchObject({
      bytesForward: 1,
      bytesBackward: 1,
      ended: 'idle-timeout',
      error: { code: 'SLUICE_IDLE_TIMEOUT', message: 'no byte moved in either direction for 1000 ms' },
    });
    expect(clock.pendingTimers).toBe(0);
  });

  test('also ends a client that stopped reading, with a reset: it has not got everything', async () => {
    const clock = createManualClock();
    const { downstream, upstream, origin, result } = await openSplice({ idleTimeoutMs: 1_000, clock });
    const reset = vi.spyOn(downstream, 'resetAndDestroy');
    const chunk = Buffer.alloc(64 * 1024);
    const pump = (): void => {
      while (!origin.destroyed && origin.write(chunk));
    };
    origin.on('drain', pump);
    pump();
    await vi.waitFor(() => expect(upstream.isPaused() && downstream.writableLength > 0).toBe(true));
    clock.advance(1_000);
    expect(await result).toMatchObject({ ended: 'idle-timeout' });
    expect(reset).toHaveBeenCalledOnce();
  });

  test('needs one timer, however many bytes move', async () => {
    const clock = createManualClock();
    const setTimer = vi.spyOn(clock, 'setTimer');
    const { client, origin, result } = await openSplice({ idleTimeoutMs: 1_000, clock });
    for (let round = 0; round < 20; round++) {
      client.write('x');
      await read(origin);
    }
    expect(setTimer).toHaveBeenCalledOnce();
    client.end();
    origin.end();
    await result;
    expect(clock.pendingTimers).toBe(0);
  });
});

describe('TLS', () => {
  const authority = createCertificateAuthority();
  const identity = authority.issue(['localhost']);

  async function openTlsEnds(): Promise<Ends> {
    const [front, back] = await Promise.all([startRawTlsServer(identity), startRawTlsServer(identity)]);
    const ca = authority.cert;
    const options = { host: '127.0.0.1', port: front.port, servername: 'localhost', ca, allowHalfOpen: true };
    const client = survivingErrors(connectTls(options));
    const [downstream, upstream, origin] = await Promise.all([
      front.accept(),
      dial(`https://localhost:${back.port}`, { tls: { ca } }),
      back.accept(),
    ]);
    onTestFinished(() => void upstream.destroy());
    return { client, downstream, upstream, origin };
  }

  test('on both sides carries bytes and half-closes', async () => {
    const { client, downstream, upstream, origin } = await openTlsEnds();
    upstream.unshift(Buffer.from('first '));
    const result = splice(downstream, upstream);
    client.end('the question');
    expect(await readAll(origin)).toBe('the question');
    origin.end('the answer');
    expect(await readAll(client)).toBe('first the answer');
    // A TLS peer that misses the close_notify would have to take its bytes for a part of them.
    await Promise.all([whenClosed(client), whenClosed(origin)]);
    expect([client.errored, origin.errored]).toEqual([null, null]);
    expect(await result).toEqual({ bytesForward: 12, bytesBackward: 16, ended: 'both-ended' });
  });

  test('on one side only works the same', async () => {
    const plain = await openEnds();
    const secure = await openTlsEnds();
    plain.upstream.destroy();
    secure.client.destroy();
    const result = splice(plain.downstream, secure.upstream);
    secure.origin.end('greetings');
    expect(await readAll(plain.client)).toBe('greetings');
    plain.client.end('goodbye');
    expect(await readAll(secure.origin)).toBe('goodbye');
    expect(await result).toMatchObject({ bytesForward: 7, bytesBackward: 9, ended: 'both-ended' });
  });

  test('is closed when the other side breaks', async () => {
    const { client, downstream, upstream, origin } = await openTlsEnds();
    const result = splice(downstream, upstream);
    client.write('x');
    await read(origin);
    downstream.destroy(new Error('broken'));
    await once(origin.resume(), 'end');
    expect(await result).toMatchObject({ ended: 'error', side: 'downstream', bytesForward: 1 });
    expect([downstream.closed, upstream.closed]).toEqual([true, true]);
  });
});
