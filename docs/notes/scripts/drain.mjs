// Bytes may wait in a socket although write() returned true; then no 'drain' comes, and only the write's callback tells when they left.
import assert from 'node:assert/strict';
import { openPair } from './loopback.mjs';

const { near, far } = await openPair();
far.pause();
let drains = 0;
near.on('drain', () => drains++);

const chunk = Buffer.alloc(30_000);
let accepted = true;
let flushed = Promise.resolve();
while (near.writableLength === 0) {
  flushed = new Promise((resolve) => {
    accepted = near.write(chunk, resolve);
  });
  await new Promise(setImmediate);
}
// The system's buffers are full, the socket's own is not: its high-water mark is 64 KiB.
assert.equal(near.writableLength, chunk.length);
assert.equal(accepted, true);
assert.equal(near.writableNeedDrain, false);

far.resume();
await flushed;
assert.equal(near.writableLength, 0);
assert.equal(drains, 0);
near.destroy();
far.destroy();
