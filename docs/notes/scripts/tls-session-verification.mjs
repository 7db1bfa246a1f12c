// Node tells of a session only once the server is verified.
import assert from 'node:assert/strict';
import { connect, createServer } from 'node:tls';
import { authority, listen } from './loopback.mjs';

for (const maxVersion of ['TLSv1.2', 'TLSv1.3']) {
  const server = createServer({ ...authority.issue(['other.example']), maxVersion }, (socket) =>
    socket.on('error', () => {}),
  );
  const port = await listen(server);
  const socket = connect({ host: '127.0.0.1', port, servername: 'localhost', ca: authority.cert });
  let sessions = 0;
  socket.on('session', () => sessions++);
  const error = await new Promise((resolve) => socket.once('error', resolve));
  await new Promise((resolve) => socket.once('close', resolve));
  assert.equal(error.code, 'ERR_TLS_CERT_ALTNAME_INVALID');
  assert.equal(sessions, 0);
  server.close();
}
