// The first bytes of real connections: looked at, put back, and spliced.

import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { dial, peek, splice, type Peeked } from '@sluice/l4';
import { beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { expectNoResourcesLeft } from '../support/active-resources.ts';
import { logBytes } from '../support/byte-log.ts';
import { connectRaw } from '../support/raw-client.ts';
import { startRawServer } from '../support/raw-server.ts';

beforeEach(expectNoResourcesLeft);

const maxBytes = 200_000;

/** Peeks until as many bytes are there, and consumes one. */
function peekLength(socket: Socket, length: number): Promise<Peeked<string>> {
  return peek(socket, {
    inspect: (bytes) =>
      bytes.length < length ? undefined : { value: bytes.toString('latin1', 0, length), consume: 1 },
    maxBytes,
    timeoutMs: 10_000,
  });
}

test('bytes that were not consumed are spliced first, in their order, and so is the end', async () => {
  const [front, back] = await Promise.all([startRawServer(), startRawServer()]);
  const client = await connectRaw(front.port);
  client.send('xabc');
  const downstream = await front.accept();
  expect(await peekLength(downstream, 4)).toMatchObject({ value: 'xabc' });
  client.send('def');
  client.socket.end();
  const upstream = await dial(`127.0.0.1:${back.port}`);
  const origin = logBytes(await back.accept());
  const spliced = splice(downstream, upstream);
  expect(await origin.untilClosed()).toBe('abcdef');
  origin.socket.end('answer');
  expect(await client.untilClosed()).toBe('answer');
  expect(await spliced).toMatchObject({ ended: 'both-ended', bytesForward: 6, bytesBackward: 6 });
});

test('more bytes than the buffers of a stream can be looked at', async () => {
  const front = await startRawServer();
  const client = await connectRaw(front.port);
  const downstream = await front.accept();
  const peeked = peekLength(downstream, maxBytes);
  client.send(Buffer.alloc(maxBytes - 1, 'a'));
  await vi.waitUntil(() => downstream.bytesRead === maxBytes - 1);
  client.socket.end('b');
  expect(await peeked).toEqual({ ended: 'decided', value: `${'a'.repeat(maxBytes - 1)}b` });
  expect((await logBytes(downstream).untilClosed()).length).toBe(maxBytes - 1);
});

test('a client that resets its connection, or ends it without a word', async () => {
  const front = await startRawServer();
  const [first, second] = [await connectRaw(front.port), await connectRaw(front.port)];
  const [one, two] = [await front.accept(), await front.accept()];
  const peeks = [peekLength(one, 1), peekLength(two, 1)];
  peeks[0]?.catch(() => {});
  first.socket.resetAndDestroy();
  second.socket.end();
  await expect(peeks[0]).rejects.toMatchObject({ code: 'SLUICE_CLIENT_LEFT' });
  expect(await peeks[1]).toEqual({ ended: 'end-of-stream', value: undefined, bytes: 0 });
  two.end('bye');
  expect(await second.untilClosed()).toBe('bye');
});

test('a socket that was accepted paused', async () => {
  const server = createServer({ pauseOnConnect: true, allowHalfOpen: true });
  onTestFinished(() => void server.close());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const [[socket], client] = await Promise.all([
    once(server, 'connection') as Promise<[Socket]>,
    connectRaw((server.address() as AddressInfo).port),
  ]);
  onTestFinished(() => void socket.on('error', () => {}).destroy());
  client.send('xab');
  expect(await peekLength(socket, 3)).toMatchObject({ value: 'xab' });
  await nextTurn();
  client.socket.end('c');
  expect(await logBytes(socket.resume()).untilClosed()).toBe('abc');
});
