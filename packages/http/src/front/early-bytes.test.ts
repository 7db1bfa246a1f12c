import { PassThrough } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { EarlyBytes } from './early-bytes.ts';

test('keeps what has come, in order, and leaves the rest to whoever reads next', async () => {
  const socket = new PassThrough();
  const early = new EarlyBytes(socket, Buffer.from('a'));
  socket.write('b');
  socket.write('c');
  await nextTurn();
  expect(early.take().toString()).toBe('abc');
  socket.write('d');
  expect(socket.isPaused()).toBe(true);
  expect((socket.read() as Buffer).toString()).toBe('d');
});

test('closes the socket of a client that leaves', async () => {
  const socket = new PassThrough();
  const early = new EarlyBytes(socket, Buffer.alloc(0));
  socket.end();
  await nextTurn();
  expect(socket.destroyed).toBe(true);
  expect(early.take().byteLength).toBe(0);
});

test('stops reading a client that sends too much too early', async () => {
  const socket = new PassThrough({ highWaterMark: 1_000_000 });
  const early = new EarlyBytes(socket, Buffer.alloc(0));
  for (let block = 0; block < 10; block++) socket.write(Buffer.alloc(20_000));
  await nextTurn();
  expect(socket.isPaused()).toBe(true);
  expect(early.take().byteLength).toBeLessThan(200_000);
});
