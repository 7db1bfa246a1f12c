// A reset that comes behind bytes not yet read: libuv before 1.52 (Node 22) reads the bytes and then a clean end; later ones tell the error.
import assert from 'node:assert/strict';
import { endOf, openPair } from './loopback.mjs';

const { near, far } = await openPair();
near.pause();
const chunk = Buffer.alloc(64 * 1024);
while (far.writableLength < 4 * chunk.length) {
  far.write(chunk);
  await new Promise(setImmediate);
}
far.resetAndDestroy();
await new Promise((resolve) => far.once('close', resolve));

const [major, minor] = process.versions.uv.split('.').map(Number);
const tellsError = major > 1 || minor >= 52;
assert.deepEqual(await endOf(near), [tellsError ? 'ECONNRESET' : 'end']);
