// Each datagram has memory of its own, of its own length, that the next one leaves alone.
import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';

const socket = createSocket('udp4');
await new Promise((resolve) => socket.bind(0, '127.0.0.1', resolve));
const { port } = socket.address();

socket.send('first', port, '127.0.0.1');
const [first] = await once(socket, 'message');
socket.send('second', port, '127.0.0.1');
const [second] = await once(socket, 'message');

assert.equal(first.toString(), 'first');
assert.equal(first.buffer.byteLength, 5);
assert.notEqual(first.buffer, second.buffer);
socket.close();
