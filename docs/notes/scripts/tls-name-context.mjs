// Clients are verified against the authorities of the context that SNICallback gives, and not against those of the server.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createSecureContext, createServer } from 'node:tls';
import { createCertificateAuthority } from '../../../test/support/certificates.ts';
import { authority, identity, listen } from './loopback.mjs';

const ca = authority.cert;
const clients = createCertificateAuthority('Clients');

/** Connects with a certificate of the server's own authority. */
async function meet(contextOptions) {
  const context = createSecureContext(contextOptions);
  const server = createServer({
    ...identity,
    ca: clients.cert,
    requestCert: true,
    rejectUnauthorized: false,
    SNICallback: (_name, done) => done(null, context),
  });
  const port = await listen(server);
  const client = connect({ port, host: '127.0.0.1', ca, servername: 'b.example', ...clients.issue(['alice']) });
  const [[socket]] = await Promise.all([once(server, 'secureConnection'), once(client, 'secureConnect')]);
  const { authorized } = socket;
  client.destroy();
  server.close();
  return { authorized };
}

const one = authority.issue(['b.example']);
// The server's own authorities do not count. Without any, those that come with Node would.
assert.equal((await meet(one)).authorized, false);
assert.equal((await meet({ ...one, ca: clients.cert })).authorized, true);
