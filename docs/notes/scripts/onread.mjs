// With onread a socket fills the caller's memory and emits no 'data'; false pauses it, resume() goes on; push() makes it a stream again.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { openPair } from './loopback.mjs';

const buffer = Buffer.alloc(4);
const reads = [];
let isStream = false;
const onread = {
  buffer,
  callback(bytesRead) {
    const bytes = buffer.subarray(0, bytesRead);
    // The memory is filled again by the next read, so a stream needs a copy. Its backpressure comes back as push()'s false.
    if (isStream) return near.push(Buffer.from(bytes));
    reads.push(String(bytes));
    return false;
  },
};
const { near, far } = await openPair({ client: { onread } });
let data = '';
near.on('data', (chunk) => (data += chunk));

far.write('12345678');
while (reads.length < 1) await new Promise(setImmediate);
assert.deepEqual(reads, ['1234']);
near.resume();
while (reads.length < 2) await new Promise(setImmediate);
assert.deepEqual(reads, ['1234', '5678']);
assert.equal(data, '');

isStream = true;
near.resume();
far.end('as a stream');
await once(near, 'end');
assert.equal(data, 'as a stream');
