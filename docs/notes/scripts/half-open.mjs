// A socket answers an end with its own end, unless allowHalfOpen is set; it may be set until the end has come.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { openPair } from './loopback.mjs';

// The default: nothing can be sent any more to somebody who has finished asking.
const byDefault = await openPair();
byDefault.near.resume();
byDefault.far.end();
await once(byDefault.near, 'close');
assert.equal(byDefault.near.writableEnded, true);

// Set when the socket was made, or at any time before the end.
for (const late of [false, true]) {
  const { near, far } = await openPair({ client: { allowHalfOpen: !late }, server: { allowHalfOpen: true } });
  if (late) near.allowHalfOpen = true;
  near.resume();
  far.end();
  await once(near, 'end');
  near.end('still here');
  const [chunk] = await once(far, 'data');
  assert.equal(String(chunk), 'still here');
}
