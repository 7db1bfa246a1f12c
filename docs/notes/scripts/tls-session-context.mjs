// With shared ticket keys, a session of a server that asks for no certificate opens one that requires one, unless sessionIdContext differs.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { connect, createServer } from 'node:tls';
import { authority, identity, listen } from './loopback.mjs';

const ticketKeys = randomBytes(48);
const ca = authority.cert;

/** @returns whether a client without a certificate was let in by the second server with a session of the first */
async function isLetIn(contexts) {
  const open = createServer({ ...identity, ticketKeys, ...contexts[0] });
  const closed = createServer({
    ...identity,
    ticketKeys,
    ca,
    requestCert: true,
    rejectUnauthorized: true,
    ...contexts[1],
  });
  const visit = async (server, session) => {
    server.on('secureConnection', (socket) => socket.on('error', () => {}).end('hello'));
    const client = connect({ port: await listen(server), host: '127.0.0.1', ca, servername: 'localhost', session });
    let ticket;
    let greeting = '';
    client.on('session', (fresh) => (ticket = fresh)).on('data', (bytes) => (greeting += bytes));
    client.on('error', () => {});
    await new Promise((resolve) => client.once('close', resolve));
    server.close();
    return { ticket, greeting };
  };
  const { ticket } = await visit(open);
  const { greeting } = await visit(closed, ticket);
  return greeting === 'hello';
}

// OpenSSL 3.5 looks at whether there is a certificate in the session; 3.0 does not.
const isOld = process.versions.openssl.startsWith('3.0.');
assert.equal(await isLetIn([{}, {}]), isOld);
assert.equal(await isLetIn([{ sessionIdContext: 'open' }, { sessionIdContext: 'closed' }]), false);
