// A socket whose bind failed inside connect() can not be closed: close() waits for the bind that will never be.
import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';

const lookup = (_address, _options, callback) => callback(new Error('no'));

async function isClosed(socket) {
  let closed = false;
  socket.close(() => (closed = true));
  await new Promise((resolve) => setTimeout(resolve, 50));
  return closed;
}

const connected = createSocket({ type: 'udp4', lookup }).on('error', () => {});
connected.connect(9, '127.0.0.1');
assert.equal(await isClosed(connected), false);

const bound = createSocket({ type: 'udp4', lookup }).on('error', () => {});
bound.bind({ port: 0, exclusive: true });
assert.equal(await isClosed(bound), true);
process.exit();
