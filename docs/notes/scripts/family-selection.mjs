// autoSelectFamily tries the addresses of a name one after the other, never two at once. It works with onread, and with TLS.
// When all fail, the error is an AggregateError without a message, and its code is that of the first failure.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { connect as connectTls, createServer as createTlsServer } from 'node:tls';
import { authority, identity, listen, lookupBoth } from './loopback.mjs';

const servers = [createServer((socket) => socket.end('hello'))];
servers.push(createTlsServer(identity, (socket) => socket.end('hello')));
for (const [index, server] of servers.entries()) {
  // Nobody listens on ::1.
  const port = await listen(server);
  const buffer = Buffer.alloc(64);
  let text = '';
  const onread = { buffer, callback: (bytesRead) => Boolean((text += buffer.toString('latin1', 0, bytesRead))) };
  const attempts = [];
  const options = { host: 'localhost', port, lookup: lookupBoth, autoSelectFamily: true, onread, ca: authority.cert };
  const socket = index === 0 ? connect(options) : connectTls({ ...options, servername: 'localhost' });
  socket.on('connectionAttempt', (address) => attempts.push(`try ${address}`));
  socket.on('connectionAttemptFailed', (address) => attempts.push(`failed ${address}`));
  await once(socket, 'end');
  assert.deepEqual(attempts, ['try ::1', 'failed ::1', 'try 127.0.0.1']);
  assert.equal(text, 'hello');
  server.close();
}

const closed = createServer();
const port = await listen(closed);
closed.close();
await once(closed, 'close');
const socket = connect({ host: 'localhost', port, lookup: lookupBoth, autoSelectFamily: true });
const error = await new Promise((resolve) => socket.once('error', resolve));
assert.equal(error.name, 'AggregateError');
assert.equal(error.message, '');
assert.equal(error.code, error.errors[0].code);
assert.deepEqual(
  error.errors.map(({ address }) => address),
  ['::1', '127.0.0.1'],
);
