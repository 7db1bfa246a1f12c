// Session tickets: one set of keys at a time, that of the server and not of the certificate; a ticket is used as it is until it expires.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer as createNetServer } from 'node:net';
import { connect, createSecureContext, createServer } from 'node:tls';
import { authority, identity, listen } from './loopback.mjs';

for (const maxVersion of ['TLSv1.2', 'TLSv1.3']) {
  const keys = [randomBytes(48), randomBytes(48)];
  const other = createSecureContext({ ...authority.issue(['b.example']), ticketKeys: randomBytes(48) });
  const server = createServer({
    ...identity,
    maxVersion,
    ticketKeys: keys[0],
    SNICallback: (name, done) => done(null, name === 'b.example' ? other : undefined),
  });
  server.on('secureConnection', (socket) => socket.on('error', () => {}).end('hello'));
  let hello;
  const accepting = createNetServer((plain) => {
    plain.once('readable', () => {
      plain.unshift((hello = plain.read()));
      server.emit('connection', plain);
    });
  });
  const port = await listen(accepting);

  const visit = async (session) => {
    const client = connect({ port, host: '127.0.0.1', ca: authority.cert, servername: 'b.example', session });
    let ticket;
    client.on('session', (fresh) => (ticket = fresh));
    await once(client.resume(), 'end');
    const isResumed = client.isSessionReused();
    await once(client, 'close');
    return { ticket, isResumed };
  };

  const { ticket } = await visit();
  const second = await visit(ticket);
  assert.equal(second.isResumed, true);
  // The first 16 bytes are the key's name, in clear text in the ticket.
  assert.ok(hello.includes(keys[0].subarray(0, 16)));
  assert.equal(second.ticket, undefined);
  server.setTicketKeys(keys[1]);
  assert.equal((await visit(ticket)).isResumed, false);
  server.setTicketKeys(keys[0]);
  assert.equal((await visit(ticket)).isResumed, true);
  accepting.close();
}
