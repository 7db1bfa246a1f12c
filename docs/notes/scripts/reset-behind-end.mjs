// A socket whose end is on its way can not be reset any more: destroyed after resetAndDestroy(), it never closes.
import assert from 'node:assert/strict';
import { openPair } from './loopback.mjs';

const { far } = await openPair({ server: { allowHalfOpen: true } });
const errors = [];
let isClosed = false;
far.on('error', (error) => errors.push(error.code)).on('close', () => (isClosed = true));
far.end();
far.resetAndDestroy();
far.destroy();
await new Promise((resolve) => setTimeout(resolve, 100));
assert.deepEqual(errors, ['EINVAL']);
assert.equal(far.destroyed, true);
assert.equal(isClosed, false);
// Its handle would keep the process alive.
process.exit(0);
