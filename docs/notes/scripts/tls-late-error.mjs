// An error of TLS behind the handshake is emitted, and does not destroy a client's half-open socket. With TLS 1.3 the refusal of a client's
// certificate is such an error: the client has finished its handshake before the server has seen the certificate.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer } from 'node:tls';
import { authority, identity, listen } from './loopback.mjs';

const server = createServer({ ...identity, minVersion: 'TLSv1.3', requestCert: true, ca: authority.cert });
server.on('tlsClientError', () => {});
const port = await listen(server);
const options = { host: '127.0.0.1', port, servername: 'localhost', ca: authority.cert, allowHalfOpen: true };
const socket = connect(options);
const failure = new Promise((resolve) => socket.once('error', resolve));
await once(socket, 'secureConnect');
assert.equal((await failure).code, 'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED');
await once(socket.resume(), 'end');
await new Promise(setImmediate);
assert.equal(socket.destroyed, false);
socket.destroy();
server.close();
