// A tls.Server that listens nowhere makes handshakes for connections that it is given, and tells of each by the object that was given it.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect as connectPlain, createServer as createNetServer } from 'node:net';
import { connect, createSecureContext, createServer } from 'node:tls';
import { authority, identity, listen } from './loopback.mjs';

const ca = authority.cert;
const other = createSecureContext({ ...authority.issue(['b.example']), ca });
const server = createServer({
  ...identity,
  ca,
  requestCert: true,
  rejectUnauthorized: false,
  ALPNProtocols: ['x'],
  SNICallback: (name, done) => setImmediate(done, null, name === 'b.example' ? other : undefined),
});
server.on('OCSPRequest', (_certificate, _issuer, done) => done(null, Buffer.from('staple')));
server.on('secureConnection', function (socket) {
  this.secured(socket);
});
server.on('tlsClientError', function (error) {
  this.failed(error);
});

const accepting = createNetServer((plain) => {
  plain
    .on('error', () => {})
    .once('readable', () => {
      // The first byte is not TLS; the others are put back.
      plain.unshift(plain.read().subarray(1));
      const view = Object.create(server);
      view.secured = (socket) => {
        assert.equal(socket.servername, 'b.example');
        assert.equal(socket.alpnProtocol, 'x');
        assert.equal(socket.authorized, true);
        socket.end('hello');
      };
      view.failed = ({ code }) => accepting.emit('told', code);
      view.emit('connection', plain);
    });
});
const port = await listen(accepting);

/** A client that sends a byte of its own before its ClientHello. */
async function connectBehindByte(options) {
  const socket = connectPlain({ port, host: '127.0.0.1' });
  await once(socket, 'connect');
  socket.write('!');
  const client = authority.issue(['client']);
  return connect({ socket, ca, servername: 'b.example', requestOCSP: true, ...client, ...options });
}

const client = await connectBehindByte({ ALPNProtocols: ['x'] });
const [[staple], [greeting]] = await Promise.all([once(client, 'OCSPResponse'), once(client, 'data')]);
assert.equal(String(staple), 'staple');
assert.equal(String(greeting), 'hello');
client.destroy();

const told = once(accepting, 'told');
const refused = await connectBehindByte({ ALPNProtocols: ['y'] });
refused.on('error', () => {});
assert.deepEqual(await told, ['ERR_SSL_NO_APPLICATION_PROTOCOL']);
accepting.close();
