// Sessions that a server keeps itself (newSession, resumeSession) are resumed over TLS 1.2 only.
import assert from 'node:assert/strict';
import { constants } from 'node:crypto';
import { once } from 'node:events';
import { connect, createServer } from 'node:tls';
import { authority, identity, listen } from './loopback.mjs';

for (const [maxVersion, expected] of [
  ['TLSv1.2', true],
  ['TLSv1.3', false],
]) {
  const server = createServer({ ...identity, maxVersion, secureOptions: constants.SSL_OP_NO_TICKET });
  const store = new Map();
  server.on('newSession', (id, session, done) => {
    store.set(id.toString('hex'), session);
    done();
  });
  server.on('resumeSession', (id, done) => done(null, store.get(id.toString('hex')) ?? null));
  server.on('secureConnection', (socket) => socket.on('error', () => {}).end('hello'));
  const port = await listen(server);
  let session;
  let isResumed = false;
  for (let round = 0; round < 2; round++) {
    const client = connect({ port, host: '127.0.0.1', ca: authority.cert, servername: 'localhost', session });
    client.on('session', (fresh) => (session = fresh));
    await once(client.resume(), 'end');
    isResumed = client.isSessionReused();
    await once(client, 'close');
  }
  assert.equal(isResumed, expected);
  server.close();
}
