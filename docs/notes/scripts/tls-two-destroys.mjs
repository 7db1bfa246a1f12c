// Destroying a server's TLS socket and the plain socket under it in one tick crashes the process. Runs itself again to show it.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer } from 'node:tls';
import { authority, identity, listen } from './loopback.mjs';

if (process.argv[2] === undefined) {
  const crash = spawnSync(process.execPath, [import.meta.filename, 'crash']);
  assert.match(crash.signal ?? 'no crash', /^SIG(?:SEGV|ABRT)$/);
} else {
  const server = createServer(identity);
  const port = await listen(server);
  for (let round = 0; round < 10; round++) {
    const plainConnection = once(server, 'connection');
    const secureConnection = once(server, 'secureConnection');
    const client = connect({ host: '127.0.0.1', port, servername: 'localhost', ca: authority.cert });
    await once(client, 'secureConnect');
    const [[plain], [secure]] = await Promise.all([plainConnection, secureConnection]);
    plain.destroy();
    secure.destroy();
    client.destroy();
    await once(client, 'close');
  }
  server.close();
}
