// A send that fails tells its callback, or nobody; only port 0 is an exception that is thrown.
import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';

const socket = createSocket('udp4');
let errors = 0;
socket.on('error', () => errors++);
await new Promise((resolve) => socket.bind(0, '127.0.0.1', resolve));

const tooLong = Buffer.alloc(70_000);
const error = await new Promise((resolve) => socket.send(tooLong, 9, '127.0.0.1', resolve));
assert.equal(error.code, 'EMSGSIZE');
socket.send(tooLong, 9, '127.0.0.1');
await new Promise((resolve) => setTimeout(resolve, 50));
assert.equal(errors, 0);

// Whoever answers a datagram whose source port is 0 ends the process, unless it looks or catches.
assert.throws(() => socket.send('x', 0, '127.0.0.1'), { code: 'ERR_SOCKET_BAD_PORT' });
socket.close();
