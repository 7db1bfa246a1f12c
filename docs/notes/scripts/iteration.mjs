// `for await` over a half-open socket: Node 22 destroys the socket at its end, the writing side too; Node 24 does not.
import assert from 'node:assert/strict';
import { openPair } from './loopback.mjs';

const { near, far } = await openPair({ client: { allowHalfOpen: true }, server: { allowHalfOpen: true } });
far.end('question');
for await (const chunk of near) assert.equal(String(chunk), 'question');
const isNode22 = process.versions.node.startsWith('22.');
assert.equal(near.destroyed, isNode22);
near.destroy();
far.destroy();
