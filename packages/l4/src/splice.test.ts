import { createManualClock } from '@sluice/core';
import { once } from 'node:events';
import { Duplex, duplexPair } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, test, vi } from 'vitest';
import { splice, type SpliceOptions } from './splice.ts';

/** Two pairs of streams in memory: what is written to `client` is read from `downstream`, and so on. */
function openEnds(): {
  readonly client: Duplex;
  readonly downstream: Duplex;
  readonly upstream: Duplex;
  readonly origin: Duplex;
} {
  const [client, downstream] = duplexPair();
  const [origin, upstream] = duplexPair();
  return { client, downstream, upstream, origin };
}

function openSplice(options?: SpliceOptions) {
  const ends = openEnds();
  return { ...ends, result: splice(ends.downstream, ends.upstream, options) };
}

describe('a splice of any two streams', () => {
  test('carries bytes and ends, and counts', async () => {
    const { client, origin, result } = openSplice();
    client.end('question');
    expect(String((await once(origin, 'data'))[0])).toBe('question');
    origin.end('an answer');
    expect(String((await once(client, 'data'))[0])).toBe('an answer');
    client.resume();
    origin.resume();
    expect(await result).toEqual({ bytesForward: 8, bytesBackward: 9, ended: 'both-ended' });
  });

  test('pauses the source while the sink is full, and goes on when it has drained', async () => {
    const { client, downstream, origin, result } = openSplice();
    const chunk = Buffer.alloc(1024 * 1024);
    client.write(chunk);
    await vi.waitFor(() => expect(downstream.isPaused()).toBe(true));
    let bytes = 0;
    origin.on('data', (part: Buffer) => (bytes += part.byteLength));
    await vi.waitFor(() => expect(bytes).toBe(chunk.byteLength));
    expect(downstream.isPaused()).toBe(false);
    client.resume().end();
    origin.end();
    expect(await result).toMatchObject({ ended: 'both-ended' });
  });

  test('tells the first error and its side, and destroys both', async () => {
    const { downstream, upstream, result } = openSplice();
    const error = new Error('broken');
    upstream.destroy(error);
    expect(await result).toEqual({ bytesForward: 0, bytesBackward: 0, ended: 'error', error, side: 'upstream' });
    expect([downstream.closed, upstream.closed]).toEqual([true, true]);
  });

  test('waits until both streams are closed', async () => {
    const { downstream, upstream } = openEnds();
    let finishClosing = (): void => {};
    const slow = new Duplex({
      read() {},
      write: (_chunk, _encoding, done) => done(),
      destroy: (error, done) => void (finishClosing = () => done(error)),
    });
    const onResult = vi.fn<(result: unknown) => void>();
    const result = splice(downstream, slow).then(onResult);
    downstream.destroy();
    upstream.destroy();
    await nextTurn();
    expect(onResult).not.toHaveBeenCalled();
    finishClosing();
    await result;
    expect(onResult).toHaveBeenCalledOnce();
  });

  test('is over at once when everything had ended before', async () => {
    const ended = (): Duplex =>
      new Duplex({
        autoDestroy: false,
        read() {
          this.push(null);
        },
        write: (_chunk, _encoding, done) => done(),
      });
    const [downstream, upstream] = [ended(), ended()];
    for (const stream of [downstream, upstream]) {
      stream.resume().end();
      await Promise.all([once(stream, 'end'), once(stream, 'finish')]);
    }
    expect(await splice(downstream, upstream)).toEqual({ bytesForward: 0, bytesBackward: 0, ended: 'both-ended' });
    expect([downstream.destroyed, upstream.destroyed]).toEqual([true, true]);
  });
});

describe('the idle timeout', () => {
  test('is ten minutes unless told otherwise', async () => {
    const clock = createManualClock();
    const { result } = openSplice({ clock });
    clock.advance(599_999);
    expect(clock.pendingTimers).toBe(1);
    clock.advance(1);
    expect(await result).toMatchObject({ ended: 'idle-timeout' });
  });

  test('counts from the last byte in either direction', async () => {
    const clock = createManualClock();
    const { client, origin, result } = openSplice({ clock, idleTimeoutMs: 100 });
    clock.advance(60);
    client.write('x');
    await once(origin, 'data');
    clock.advance(60);
    origin.write('x');
    await once(client, 'data');
    clock.advance(99);
    expect(clock.pendingTimers).toBe(1);
    clock.advance(1);
    expect(await result).toMatchObject({ ended: 'idle-timeout', bytesForward: 1, bytesBackward: 1 });
    expect(clock.pendingTimers).toBe(0);
  });

  test('is off when it is false', async () => {
    const clock = createManualClock();
    const { client, origin, result } = openSplice({ clock, idleTimeoutMs: false });
    expect(clock.pendingTimers).toBe(0);
    client.resume().end();
    origin.resume().end();
    expect(await result).toMatchObject({ ended: 'both-ended' });
  });
});
