// A socket emits at most one 'error', and then 'close'. What is done to it afterwards fails without an event.
import assert from 'node:assert/strict';
import { endOf, openPair } from './loopback.mjs';

const { near, far } = await openPair();
near.destroy(new Error('first'));
near.destroy(new Error('second'));
assert.equal(near.closed, true, 'closed is ahead of the events');
assert.deepEqual(await endOf(near), ['first']);

// No listener is left, and a late write does not throw: its callback gets the error.
near.removeAllListeners('error');
const code = await new Promise((resolve) => near.write('late', (error) => resolve(error.code)));
assert.equal(code, 'ERR_STREAM_DESTROYED');

// An error that was set before anybody listened is still emitted, on the next tick.
far.destroy(new Error('early'));
assert.equal(far.errored.message, 'early');
assert.deepEqual(await endOf(far), ['early']);
