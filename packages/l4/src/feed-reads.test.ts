import type { OnReadOpts, Socket } from 'node:net';
import { duplexPair } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { feedReads } from './feed-reads.ts';

test('fills the memory that it is given, stops when it is told to, and goes on where it stopped', async () => {
  const [peer, stream] = duplexPair();
  const reads: string[] = [];
  let memory = Buffer.alloc(4);
  const onRead: OnReadOpts = {
    buffer: () => memory,
    callback: (bytesRead, buffer) => {
      reads.push(Buffer.from(buffer.subarray(0, bytesRead)).toString());
      memory = Buffer.alloc(3);
      return reads.length !== 2;
    },
  };
  feedReads(stream as unknown as Socket, onRead);
  peer.write('abcdefghij');
  await nextTurn();
  expect(reads).toEqual(['abcd', 'efg']);
  peer.write('k');
  await nextTurn();
  expect(reads).toHaveLength(2);
  stream.resume();
  await nextTurn();
  expect(reads.join('')).toBe('abcdefghijk');
  stream.destroy();
});

test('reads into one buffer over and over', async () => {
  const [peer, stream] = duplexPair();
  let text = '';
  const buffer = Buffer.alloc(2);
  feedReads(stream as unknown as Socket, {
    buffer,
    callback: (bytesRead) => {
      text += buffer.toString('latin1', 0, bytesRead);
      return true;
    },
  });
  peer.write('abcde');
  await nextTurn();
  expect(text).toBe('abcde');
  stream.destroy();
});
