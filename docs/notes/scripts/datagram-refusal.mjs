// "Port unreachable" is told once: as an 'error', or to the next send, which then sends nothing and tells its callback or nobody.
import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';

const lookup = (address, _options, callback) => callback(null, address, 4);

async function closedPort() {
  const socket = createSocket('udp4').bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const { port } = socket.address();
  await new Promise((resolve) => socket.close(resolve));
  return port;
}

async function send(count, onSent) {
  const socket = createSocket({ type: 'udp4', lookup });
  let errors = 0;
  socket.on('error', (error) => {
    assert.equal(error.code, 'ECONNREFUSED');
    errors++;
  });
  socket.connect(await closedPort(), '127.0.0.1');
  // In one go: on loopback, each refusal is there before the next send.
  for (let index = 0; index < count; index++) socket.send('x', onSent);
  await new Promise((resolve) => setTimeout(resolve, 50));
  await new Promise((resolve) => socket.close(resolve));
  return errors;
}

// Nothing else is sent: an event.
assert.equal(await send(1), 1);

// The second send takes the refusal of the first one, and nobody hears of it.
assert.equal(await send(2), 0);

const told = [];
assert.equal(await send(2, (error) => told.push(error?.code)), 0);
assert.deepEqual(told, [undefined, 'ECONNREFUSED']);
