// A 'session' listener that was added before 'connect' hears nothing when the connection was made to the second address of a name.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer } from 'node:tls';
import { authority, identity, listen, lookupBoth } from './loopback.mjs';

async function countSessions(addListener) {
  const server = createServer({ ...identity, maxVersion: 'TLSv1.2' }, (socket) => socket.end('hello'));
  const port = await listen(server);
  const options = { host: 'localhost', port, lookup: lookupBoth, servername: 'localhost', ca: authority.cert };
  const socket = connect({ ...options, autoSelectFamily: true });
  let sessions = 0;
  addListener(socket, () => sessions++);
  await once(socket.resume(), 'end');
  server.close();
  return sessions;
}

assert.equal(await countSessions((socket, listener) => socket.on('session', listener)), 0);
const atConnect = (socket, listener) => socket.once('connect', () => socket.on('session', listener));
assert.equal(await countSessions(atConnect), 1);
