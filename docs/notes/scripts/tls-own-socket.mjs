// A TLSSocket that one makes oneself for the server's side never says that a client's certificate is verified, and keeps late errors to itself.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect as connectPlain, createServer as createNetServer } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { connect, createSecureContext, createServer, TLSSocket } from 'node:tls';
import { authority, identity, listen } from './loopback.mjs';

const ca = authority.cert;
const options = { requestCert: true, rejectUnauthorized: false };

/** What a server's socket says of its client, and of bytes behind the handshake that are no TLS. */
async function observe(server) {
  const port = await listen(server);
  const secured = once(server, 'secured');
  const plain = connectPlain({ port, host: '127.0.0.1' });
  const client = connect({ socket: plain, ca, servername: 'localhost', ...authority.issue(['client']) });
  plain.on('error', () => {});
  client.on('error', () => {});
  const [[socket]] = await Promise.all([secured, once(client, 'secureConnect')]);
  const { authorized } = socket;
  assert.equal(socket.getPeerX509Certificate().subject, 'CN=client');
  let told = false;
  socket.on('error', () => (told = true)).resume();
  plain.write('this is no TLS');
  // OpenSSL answers what it can not decrypt with an alert, which the client gets whoever is told.
  await once(client, 'error');
  await nextTurn();
  for (const one of [socket, plain]) one.destroy();
  server.close();
  return { authorized, told };
}

const nodes = createServer({ ...identity, ca, ...options });
nodes.on('secureConnection', (socket) => nodes.emit('secured', socket));
assert.deepEqual(await observe(nodes), { authorized: true, told: true });

const secureContext = createSecureContext({ ...identity, ca });
const own = createNetServer((plain) => {
  const socket = new TLSSocket(
    plain.on('error', () => {}),
    { isServer: true, secureContext, ...options },
  );
  socket.once('secure', () => own.emit('secured', socket));
});
assert.deepEqual(await observe(own), { authorized: false, told: false });
