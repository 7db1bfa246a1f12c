import { createAbortScope, createManualClock, type ManualClock } from '@sluice/core';
import { once } from 'node:events';
import { duplexPair, type Duplex } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, test, vi } from 'vitest';
import { peek, type Inspection, type Peeked, type PeekOptions } from './peek.ts';

/** Decides at a line's end: the line is the value, and is consumed with its end. */
function inspectLine(bytes: Buffer): Inspection<string> | undefined {
  const end = bytes.indexOf('\n');
  return end < 0 ? undefined : { value: bytes.toString('latin1', 0, end), consume: end + 1 };
}

function openPeek(options: Partial<PeekOptions<string>> = {}): {
  readonly client: Duplex;
  readonly stream: Duplex;
  readonly clock: ManualClock;
  readonly start: () => Promise<Peeked<string>>;
} {
  const [client, stream] = duplexPair();
  const clock = createManualClock();
  client.on('error', () => {});
  stream.on('error', () => {});
  const start = (): Promise<Peeked<string>> =>
    peek(stream, { inspect: inspectLine, maxBytes: 64, timeoutMs: 1_000, clock, ...options });
  return { client, stream, clock, start };
}

async function readAll(stream: Duplex): Promise<string> {
  let text = '';
  stream.on('data', (chunk: Buffer) => (text += String(chunk))).resume();
  await once(stream, 'end');
  return text;
}

function countListeners(stream: Duplex): number {
  return stream.eventNames().reduce((count, name) => count + stream.listenerCount(name), 0);
}

describe('a peek', () => {
  test('decides on the first bytes, consumes what it was told to, and leaves the rest to the next reader', async () => {
    const { client, stream, clock, start } = openPeek();
    const listeners = countListeners(stream);
    client.write('hello\nworld');
    expect(await start()).toEqual({ ended: 'decided', value: 'hello' });
    expect(countListeners(stream)).toBe(listeners);
    expect(clock.pendingTimers).toBe(0);
    client.end('!');
    expect(await readAll(stream)).toBe('world!');
  });

  test('decides whatever the bytes are cut into', async () => {
    const { client, stream, start } = openPeek();
    const peeked = start();
    for (const byte of 'hello\nworld') {
      client.write(byte);
      await nextTurn();
    }
    expect(await peeked).toEqual({ ended: 'decided', value: 'hello' });
    client.end();
    expect(await readAll(stream)).toBe('world');
  });

  test('can follow another on the same stream', async () => {
    const { client, stream, start } = openPeek();
    client.write('one\ntwo\nth');
    expect(await start()).toMatchObject({ value: 'one' });
    expect(await start()).toMatchObject({ value: 'two' });
    const third = start();
    client.end('ree\nfour');
    expect(await third).toMatchObject({ value: 'three' });
    expect(await readAll(stream)).toBe('four');
  });

  test('is decided by the bytes of a stream that has ended behind them', async () => {
    const { client, stream, start } = openPeek();
    client.end('hello\nworld');
    await nextTurn();
    expect(await start()).toEqual({ ended: 'decided', value: 'hello' });
    expect(await readAll(stream)).toBe('world');
  });
});

describe('a peek without a decision', () => {
  test('ends with its time, and puts everything back', async () => {
    const { client, stream, clock, start } = openPeek();
    const listeners = countListeners(stream);
    const peeked = start();
    client.write('hel');
    await vi.waitFor(() => expect(stream.readableLength).toBe(0));
    await nextTurn();
    clock.advance(1_000);
    expect(await peeked).toEqual({ ended: 'timeout', value: undefined, bytes: 3 });
    expect(countListeners(stream)).toBe(listeners);
    client.end('lo');
    expect(await readAll(stream)).toBe('hello');
  });

  test('is silence when nothing came', async () => {
    const { client, stream, clock, start } = openPeek();
    const peeked = start();
    await nextTurn();
    clock.advance(1_000);
    expect(await peeked).toEqual({ ended: 'timeout', value: undefined, bytes: 0 });
    client.end('late');
    expect(await readAll(stream)).toBe('late');
  });

  test('ends with the stream, whose bytes and end are still to be read', async () => {
    const { client, stream, start } = openPeek();
    const peeked = start();
    client.write('hel');
    await nextTurn();
    client.end();
    expect(await peeked).toEqual({ ended: 'end-of-stream', value: undefined, bytes: 3 });
    expect(await readAll(stream)).toBe('hel');
  });

  test('ends with a stream that ends without a byte, before and while it waits', async () => {
    const { client, stream, clock, start } = openPeek();
    const peeked = start();
    await nextTurn();
    client.end();
    const silence = { ended: 'end-of-stream', value: undefined, bytes: 0 };
    expect(await peeked).toEqual(silence);
    stream.resume();
    await once(stream, 'end');
    expect(await start()).toEqual(silence);
    expect(clock.pendingTimers).toBe(0);
  });

  test('ends with its bytes, of which the inspection sees no more than it may', async () => {
    const seen: number[] = [];
    const inspect = (bytes: Buffer): undefined => void seen.push(bytes.length);
    const { client, stream, start } = openPeek({ inspect, maxBytes: 8 });
    client.write('12345');
    const peeked = start();
    client.write('6789');
    expect(await peeked).toEqual({ ended: 'full', value: undefined, bytes: 9 });
    expect(Math.max(...seen)).toBe(8);
    client.end();
    expect(await readAll(stream)).toBe('123456789');
  });
});

describe('a peek fails', () => {
  test('with what the inspection throws', async () => {
    const error = new Error('no such protocol');
    const { client, stream, clock, start } = openPeek({
      inspect: () => {
        throw error;
      },
    });
    const listeners = countListeners(stream);
    client.write('?');
    await expect(start()).rejects.toBe(error);
    expect(countListeners(stream)).toBe(listeners);
    expect(clock.pendingTimers).toBe(0);
  });

  test('with the reason of the cancellation, before and while it waits', async () => {
    const scope = createAbortScope();
    const { stream, clock, start } = openPeek({ cancellation: scope });
    const listeners = countListeners(stream);
    const reason = new Error('closing');
    const peeked = start();
    await nextTurn();
    scope.abort(reason);
    await expect(peeked).rejects.toBe(reason);
    await expect(start()).rejects.toBe(reason);
    expect(countListeners(stream)).toBe(listeners);
    expect(clock.pendingTimers).toBe(0);
  });

  test('when the stream is closed, before and while it waits', async () => {
    const { stream, clock, start } = openPeek();
    const peeked = start();
    await nextTurn();
    const cause = new Error('reset');
    stream.destroy(cause);
    await expect(peeked).rejects.toMatchObject({ code: 'SLUICE_CLIENT_LEFT', source: 'downstream', cause });
    await expect(start()).rejects.toMatchObject({ code: 'SLUICE_CLIENT_LEFT', cause });
    expect(clock.pendingTimers).toBe(0);
  });
});
