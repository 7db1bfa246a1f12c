// A client that ends its side in the middle of a handshake is not noticed by a half-open server's socket, and is by any other.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { createServer } from 'node:tls';
import { identity, listen } from './loopback.mjs';

for (const allowHalfOpen of [false, true]) {
  const server = createServer({ ...identity, allowHalfOpen });
  const port = await listen(server);
  let code;
  server.on('tlsClientError', (error) => (code = error.code));
  const client = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  await once(client, 'connect');
  client.end(Buffer.from('1603010200', 'hex'));
  await sleep(200);
  assert.equal(code, allowHalfOpen ? undefined : 'ECONNRESET');
  client.destroy();
  server.close();
}
