// destroy() looks like an end to the peer; resetAndDestroy() does not. Unix sockets and TLS have no reset: the call throws.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { endOf, openPair, openTlsPair } from './loopback.mjs';

const noReset = { code: 'ERR_INVALID_HANDLE_TYPE' };

const destroyed = await openPair();
destroyed.near.destroy();
assert.deepEqual(await endOf(destroyed.far), ['end']);

const reset = await openPair();
reset.near.resetAndDestroy();
assert.deepEqual(await endOf(reset.far), ['ECONNRESET']);

// So a TLS stream that was cut looks whole: Node reports no missing close_notify (RFC 8446 section 6.1).
const secure = await openTlsPair();
assert.throws(() => secure.near.resetAndDestroy(), noReset);
secure.near.destroy();
assert.deepEqual(await endOf(secure.far), ['end']);

const folder = mkdtempSync(path.join(tmpdir(), 'sluice-'));
const server = createServer((socket) => socket.resume());
server.listen(path.join(folder, 's'));
await once(server, 'listening');
const unix = connect(path.join(folder, 's'));
await once(unix, 'connect');
assert.throws(() => unix.resetAndDestroy(), noReset);
unix.destroy();
server.close();
rmSync(folder, { recursive: true, force: true });
