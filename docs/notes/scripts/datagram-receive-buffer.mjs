// The system's receive buffer counts what a datagram costs, not what it carries: it holds few small ones, and drops the others silently.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createSocket } from 'node:dgram';

const count = 20_000;
const socket = createSocket({ type: 'udp4', recvBufferSize: 200_000 });
await new Promise((resolve) => socket.bind(0, '127.0.0.1', resolve));
// Linux doubles what it is asked for, because of that cost.
assert.ok(socket.getRecvBufferSize() >= 200_000);

let received = 0;
socket.on('message', () => received++);
const sender = `
  const socket = require('node:dgram').createSocket('udp4');
  let sent = 0;
  const next = () => (sent++ < ${count} ? socket.send('x', ${socket.address().port}, '127.0.0.1', next) : socket.close());
  next();
`;
// Nothing is read meanwhile.
execFileSync(process.execPath, ['-e', sender]);
await new Promise((resolve) => setTimeout(resolve, 100));
assert.ok(received > 0);
assert.ok(received < socket.getRecvBufferSize() / 100, `${received} of one byte each`);
socket.close();
