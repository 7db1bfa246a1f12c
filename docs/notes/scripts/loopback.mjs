// Connected sockets for the scripts in this folder, and a certificate for those that need TLS.
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { connect as connectTls, createServer as createTlsServer } from 'node:tls';
import { createCertificateAuthority } from '../../../test/support/certificates.ts';

export const authority = createCertificateAuthority();
export const identity = authority.issue(['localhost', '127.0.0.1']);

const ignore = () => {};

/** Listens on a free port of 127.0.0.1. */
export async function listen(server) {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server.address().port;
}

/** Both ends of a TCP connection. Errors do not end the script; the server closes with its last connection. */
export async function openPair({ client = {}, server = {} } = {}) {
  const listener = createServer(server);
  const port = await listen(listener);
  const near = connect({ port, host: '127.0.0.1', ...client }).on('error', ignore);
  const [[far]] = await Promise.all([once(listener, 'connection'), once(near, 'connect')]);
  far.on('error', ignore);
  listener.close();
  return { near, far };
}

/** The same with TLS. */
export async function openTlsPair({ client = {}, server = {} } = {}) {
  const listener = createTlsServer({ ...identity, ...server });
  const port = await listen(listener);
  const options = { port, host: '127.0.0.1', servername: 'localhost', ca: authority.cert, ...client };
  const near = connectTls(options).on('error', ignore);
  const [[far]] = await Promise.all([once(listener, 'secureConnection'), once(near, 'secureConnect')]);
  far.on('error', ignore);
  listener.close();
  return { near, far };
}

/** The names of the events that end a socket, in their order, until it is closed. */
export async function endOf(socket) {
  const seen = [];
  socket.on('end', () => seen.push('end')).on('error', (error) => seen.push(error.code ?? error.message));
  socket.resume();
  // Not socket.closed: it is true as soon as destroy() has returned, before the events.
  await new Promise((resolve) => socket.once('close', resolve));
  return seen;
}

/** Both addresses of localhost, the IPv6 one first, whatever the hosts file says. */
export function lookupBoth(_host, _options, callback) {
  const addresses = [
    { address: '::1', family: 6 },
    { address: '127.0.0.1', family: 4 },
  ];
  process.nextTick(callback, null, addresses);
}
