// A server does not know the name that a client asked for when it resumes a session over TLS 1.2.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer } from 'node:tls';
import { authority, identity, listen } from './loopback.mjs';

for (const [maxVersion, expected] of [
  ['TLSv1.2', ['localhost', false]],
  ['TLSv1.3', ['localhost', 'localhost']],
]) {
  const server = createServer({ ...identity, maxVersion });
  const names = [];
  server.on('secureConnection', (socket) => {
    names.push(socket.servername);
    socket.on('error', () => {}).end('hello');
  });
  const port = await listen(server);
  let session;
  for (let round = 0; round < 2; round++) {
    const client = connect({ port, host: '127.0.0.1', ca: authority.cert, servername: 'localhost', session });
    client.on('session', (fresh) => (session = fresh));
    await once(client.resume(), 'close');
  }
  assert.deepEqual(names, expected);
  server.close();
}
